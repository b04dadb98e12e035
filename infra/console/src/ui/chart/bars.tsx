/** Groups as bars, with their figures: the picture is the table. */

import { measure } from "../../api/figure.ts";
import type { Figure } from "../../api/figure.ts";
import { Count, Money, Unknown } from "../figures.tsx";

export interface Bar {
  name: string;
  value: Figure | null;
  before?: Figure | null;
  href?: string;
}

/** `unit` USD shows money. "Other" is what the API calls everything below its limit. */
export function Bars({ bars, unit, label }: { bars: Bar[]; unit: string; label: string }) {
  const most = Math.max(
    ...bars.map((bar) => measure(bar.value)),
    ...bars.map((bar) => measure(bar.before)),
    0,
  ) || 1;
  const compared = bars.some((bar) => bar.before !== undefined);
  return (
    <table class="bars">
      <caption class="hidden">{label}</caption>
      <thead class="hidden">
        <tr>
          <th scope="col">Group</th>
          <th scope="col">Now</th>
          {compared && <th scope="col">Before</th>}
        </tr>
      </thead>
      <tbody>
        {bars.map((bar, at) => (
          <tr key={bar.name}>
            <th scope="row">
              {bar.href ? <a href={bar.href}>{bar.name}</a> : bar.name}
              <svg class="bar" aria-hidden="true" width="100%" height="6">
                <rect
                  class={`s${bar.name === "Other" ? 7 : at % 7}`}
                  width={`${Math.max(0, measure(bar.value)) / most * 100}%`}
                  height="6"
                  rx="3"
                />
              </svg>
            </th>
            <td class="number">
              <Value of={bar.value} unit={unit} />
            </td>
            {compared && (
              <td class="number quiet">
                <Value of={bar.before ?? null} unit={unit} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A figure in the unit of its metric. */
export function Value({ of, unit }: { of: Figure | null | undefined; unit: string }) {
  if (of === null || of === undefined) return <Unknown />;
  return unit === "USD"
    ? <Money of={of} />
    : <Count of={of} unit={unit === "count" || unit === "tokens" ? "" : unit} />;
}
