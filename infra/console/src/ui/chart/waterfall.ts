/** Where the bars of a waterfall lie. Pure, so that it can be tested without a page. */

import { type Figure, measure } from "../../api/figure.ts";

export const ROW = 26;
/** Rows beyond the edges of the view, so that scrolling shows no gaps. */
const MARGIN_ROWS = 12;
/** A bar that is shorter than this would not be seen, in hundredths of the width. */
const LEAST = 0.25;

export interface Timed {
  offset?: Figure | null;
  duration?: Figure | null;
}

/** Start and length of a bar, in hundredths of the width of a trace of `whole` milliseconds. */
export function barOf(span: Timed, whole: number): { x: number; width: number } {
  const scale = 100 / Math.max(1, whole);
  const x = Math.min(100 - LEAST, measure(span.offset) * scale);
  return { x, width: Math.min(100 - x, Math.max(LEAST, measure(span.duration) * scale)) };
}

/** The rows that a view shows: from the first to before the last, whatever their number. */
export function rowsInView(scrolled: number, height: number, count: number): [number, number] {
  const first = Math.max(0, Math.floor(scrolled / ROW) - MARGIN_ROWS);
  const last = Math.min(count, Math.ceil((scrolled + height) / ROW) + MARGIN_ROWS);
  return [Math.min(first, last), last];
}
