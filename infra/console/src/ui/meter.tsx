/** A bar of what is used of a limit. */

import { type Figure, measure } from "../api/figure.ts";

/** `of` is a fraction of the whole; `warn` another one, at which somebody is told. */
export function Meter(
  { of, warn, label }: {
    of: Figure | null | undefined;
    warn?: Figure | number | null;
    label: string;
  },
) {
  const used = measure(of), line = measure(warn ?? null);
  const looks = used >= 1 ? "over" : line && used >= line ? "near" : "ok";
  return (
    <svg class="meter" role="img" aria-label={label}>
      <rect class="track" width="100%" height="10" rx="5" />
      <rect class={looks} width={`${Math.min(100, used * 100)}%`} height="10" rx="5" />
      {line > 0 && line < 1 && <line x1={`${line * 100}%`} x2={`${line * 100}%`} y1="0" y2="10" />}
    </svg>
  );
}
