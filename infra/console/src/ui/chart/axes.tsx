/** What charts share: their size, the lines of their scale, the words of their buckets. */

import type { ScaleLinear } from "d3-scale";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export const MARGIN = { top: 8, right: 8, bottom: 22, left: 58 };

/** The width of an element, as it is and as it becomes. */
export function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = place.current!;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [place, width];
}

/** The lines of the scale, and what they stand for. */
export function Scale(
  { y, width, unit }: { y: ScaleLinear<number, number>; width: number; unit: string },
) {
  return (
    <g class="scale" aria-hidden="true">
      {y.ticks(4).map((tick) => (
        <g key={tick} transform={`translate(0,${y(tick)})`}>
          <line x1={MARGIN.left} x2={width - MARGIN.right} />
          <text x={MARGIN.left - 6} dy="0.32em" text-anchor="end">{tickWords(tick, unit)}</text>
        </g>
      ))}
    </g>
  );
}

/** A tick of the scale: round by its nature. */
export function tickWords(tick: number, unit: string): string {
  const shape: Intl.NumberFormatOptions = tick >= 10_000
    ? { notation: "compact" }
    : { maximumSignificantDigits: 4 };
  if (unit === "USD") {
    Object.assign(shape, { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" });
  }
  if (unit === "USD" && tick < 10_000) shape.minimumFractionDigits = 0;
  const told = unit === "ms" || unit === "%" ? ` ${unit}` : "";
  return new Intl.NumberFormat(undefined, shape).format(tick) + told;
}

/** A bucket of time in as few words as it needs; buckets are UTC's. */
export function bucketWords(start: string, grain: string): string {
  const options: Intl.DateTimeFormatOptions = grain === "hour"
    ? { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" }
    : grain === "month"
    ? { month: "short", year: "numeric", timeZone: "UTC" }
    : { day: "numeric", month: "short", timeZone: "UTC" };
  return new Intl.DateTimeFormat(undefined, options).format(new Date(start));
}

/** Every how manieth bucket is told, so that words do not run into each other; those of hours are
 * long. */
export function stride(count: number, width: number, grain: string): number {
  const wordWidth = grain === "hour" ? 124 : 62;
  return Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / wordWidth))));
}
