/** Which colour is which series; a click makes one stand out. */

import type { Data } from "./series.ts";

export function Legend(
  { data, marked, mark }: { data: Data; marked: string; mark: (name: string) => void },
) {
  const names = data.series.filter((series) => !series.before).map((series) => series.name);
  if (names.length < 2) return null;
  return (
    <ul class="legend" aria-label="Series; press one to make it stand out">
      {names.map((name, at) => (
        <li key={name}>
          <button
            type="button"
            aria-pressed={name === marked}
            onClick={() => mark(name === marked ? "" : name)}
          >
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <rect class={`s${at % 8}`} width="10" height="10" rx="2" />
            </svg>
            {name}
          </button>
        </li>
      ))}
    </ul>
  );
}
