/** The spans of a trace, below each other. Only the rows in view are in the page, so that a trace
 * of ten thousands opens at once. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Figure } from "../../api/figure.ts";
import { duration } from "../digits.ts";
import { Money, Unknown } from "../figures.tsx";
import { barOf, ROW, rowsInView, type Timed } from "./waterfall.ts";

export interface Bar extends Timed {
  id: string;
  name?: string | null;
  kind?: string | null;
  depth?: Figure | null;
  cost?: Figure | null;
  status?: string | null;
  model?: string | null;
  isFlatPlan?: boolean | null;
}

interface Properties {
  bars: Bar[];
  whole: number;
  critical: Set<string>;
  choose: (bar: Bar) => void;
}

export function Waterfall({ bars, whole, critical, choose }: Properties) {
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const look = () =>
      setView({ top: place.current!.scrollTop, height: place.current!.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(place.current!);
    place.current!.addEventListener("scroll", look, { passive: true });
    return () => observer.disconnect();
  }, []);
  const [first, last] = rowsInView(view.top, view.height, bars.length);
  return (
    <div
      ref={place}
      class="waterfall"
      tabIndex={0}
      role="table"
      aria-label="Spans of the trace"
      aria-rowcount={bars.length}
    >
      <div class="all" role="rowgroup" style={{ height: `${bars.length * ROW}px` }}>
        {bars.slice(first, last).map((bar, at) => (
          <Row
            key={bar.id + (first + at)}
            bar={bar}
            at={first + at}
            whole={whole}
            isCritical={critical.has(bar.id)}
            choose={choose}
          />
        ))}
      </div>
    </div>
  );
}

const COLOURS: Record<string, string> = { CALL: "s0", TOOL: "s2", AGENT: "s3" };

function Row(
  { bar, at, whole, isCritical, choose }: {
    bar: Bar;
    at: number;
    whole: number;
    isCritical: boolean;
    choose: (bar: Bar) => void;
  },
) {
  const { x, width } = barOf(bar, whole);
  const looks = ["row", isCritical && "critical", bar.status === "error" && "error"].filter(Boolean)
    .join(" ");
  const depth = Math.min(12, Number(bar.depth ?? 0));
  return (
    <div
      class={looks}
      role="row"
      aria-rowindex={at + 1}
      style={{ top: `${at * ROW}px` }}
      data-offset={bar.offset}
      data-duration={bar.duration}
    >
      <span role="cell" class="name" style={{ paddingLeft: `${depth * 14}px` }}>
        <button type="button" class="plain" onClick={() => choose(bar)}>
          {bar.name ?? bar.id}
        </button>
        {isCritical && <span class="hidden">(on the critical path)</span>}
        {bar.status === "error" && <span class="hidden">(failed)</span>}
      </span>
      <span role="cell">
        <svg aria-hidden="true">
          <rect
            class={COLOURS[bar.kind ?? ""] ?? "s0"}
            x={`${x}%`}
            width={`${width}%`}
            height="12"
            rx="2"
          />
        </svg>
      </span>
      <span role="cell" class="number">{duration(Number(bar.duration ?? 0))}</span>
      <span role="cell" class="number">
        {bar.isFlatPlan
          ? <span class="quiet">flat plan</span>
          : bar.cost === null || bar.cost === undefined
          ? (bar.kind === "AGENT" ? "" : <Unknown />)
          : <Money of={bar.cost} />}
      </span>
    </div>
  );
}
