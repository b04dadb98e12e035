/** Where the bars of steps lie: from one total over its parts to another. */

import { type Figure, measure } from "../../api/figure.ts";

/** A total stands on the ground; a part begins where the former one ended. */
export interface Step {
  name: string;
  value: Figure;
  total?: boolean;
}

export interface Place {
  /** Percent of the width. */
  from: number;
  length: number;
}

/** Parts that are this small beside the totals are looked at more closely. */
const CLOSE = 0.2;
const MARGIN = 0.25;
const ALL = 100;

/** The places of steps, and whether the scale begins at 0; where parts are small it does not. */
export function placeSteps(steps: Step[]): { places: Place[]; whole: boolean } {
  let end = 0;
  const spans = steps.map(({ value, total }): [number, number] => {
    const start = total ? 0 : end;
    end = start + measure(value);
    return [start, end];
  });
  const ends = spans.map(([, end]) => end);
  const low = Math.min(...ends), high = Math.max(...ends);
  const whole = low <= 0 || high - low > CLOSE * high;
  const margin = (high - low || high) * MARGIN;
  const least = whole ? Math.min(0, low) : Math.max(0, low - margin);
  const most = Math.max(0, high);
  const size = most - least || 1;
  const place = (value: number) => (Math.max(value, least) - least) / size * ALL;
  const places = spans.map(([start, end]) => ({
    from: place(Math.min(start, end)),
    length: Math.abs(place(end) - place(start)),
  }));
  return { places, whole: whole || least === 0 };
}
