/** What a chart is drawn from: names along it, and a row of figures a series. */

import type { Figure } from "../../api/figure.ts";

export interface Series {
  name: string;
  values: (Figure | null)[];
  /** Of the span before: drawn beside, never on top. */
  before?: boolean;
}

export interface Data {
  /** Starts of buckets, or names of groups. */
  along: string[];
  series: Series[];
  /** hour, day, week or month, when it is over time. */
  grain: string;
  unit: string;
}

/** The data as a CSV file: the digits are those of the API. */
export function toCsv({ along, series, grain }: Data): string {
  const head = [grain ? `${grain} (UTC)` : "group", ...series.map((each) => each.name)];
  const rows = along.map((name, at) => [name, ...series.map((each) => each.values[at] ?? "")]);
  return [head, ...rows].map((row) => row.map(quote).join(",")).join("\r\n") + "\r\n";
}

/** A cell of CSV. What a spreadsheet would take for a formula is kept a text. */
function quote(cell: string): string {
  const safe = /^[=@\t\r]|^[+-](?![\d.])/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
