/** Columns over time, the series of a bucket on top of each other. */

import { scaleLinear } from "d3-scale";
import { measure } from "../../api/figure.ts";
import { allDigits } from "../digits.ts";
import { bucketWords, MARGIN, Scale, stride, useWidth } from "./axes.tsx";
import type { Data } from "./series.ts";

const HEIGHT = 240;

/** `marked` is the name of a series that stands out; the others step back. */
export function Columns(
  { data, label, marked = "" }: { data: Data; label: string; marked?: string },
) {
  const [place, width] = useWidth();
  const now = data.series.filter((series) => !series.before);
  const before = data.series.filter((series) => series.before);
  const heights = data.along.map((_, at) =>
    Math.max(
      ...[now, before].map((group) =>
        group.reduce((sum, each) => sum + measure(each.values[at]), 0)
      ),
    )
  );
  const y = scaleLinear().domain([0, Math.max(...heights, 0) || 1]).nice(4).range([
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  ]);
  const step = Math.max(0, width - MARGIN.left - MARGIN.right) / Math.max(1, data.along.length);
  const told = stride(data.along.length, width - MARGIN.left, data.grain);
  return (
    <div ref={place} class="drawing">
      <svg width={width} height={HEIGHT} role="img" aria-label={label}>
        <Scale y={y} width={width} unit={data.unit} />
        {data.along.map((start, at) => (
          <g key={start} transform={`translate(${MARGIN.left + at * step},0)`}>
            {before.length > 0 && (
              <Stack
                series={before}
                at={at}
                x={step * 0.1}
                width={step * 0.25}
                {...{ y, data, marked }}
                faint
              />
            )}
            <Stack
              series={now}
              at={at}
              x={before.length ? step * 0.38 : step * 0.14}
              width={before.length ? step * 0.52 : step * 0.72}
              {...{ y, data, marked }}
            />
            {now.some((series) =>
              series.values[at] === null
            ) && (
              <text
                class="bucket"
                x={step / 2}
                y={Math.max(MARGIN.top + 4, y(heights[at]!) - 4)}
                text-anchor="middle"
              >
                ?<title>
                  {`${bucketWords(start, data.grain)}: of some series nothing is known`}
                </title>
              </text>
            )}
            {at % told === 0 && (
              <text class="bucket" x={step / 2} y={HEIGHT - 6} text-anchor="middle">
                {bucketWords(start, data.grain)}
              </text>
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

interface StackProperties {
  series: Data["series"];
  at: number;
  x: number;
  width: number;
  y: (value: number) => number;
  data: Data;
  marked: string;
  faint?: boolean;
}

function Stack({ series, at, x, width, y, data, marked, faint }: StackProperties) {
  let from = 0;
  return (
    <>
      {series.map((each, number) => {
        const figure = each.values[at];
        const top = y(from + measure(figure)), bottom = y(from);
        from += measure(figure);
        if (figure === null || figure === undefined) return null;
        const plain = each.name.replace(/ \(before\)$/, "");
        const classes = [`s${number % 8}`, faint && "faint", marked && plain !== marked && "back"]
          .filter(Boolean);
        return (
          <rect
            key={each.name}
            class={classes.join(" ")}
            x={x}
            width={Math.max(0, width)}
            y={top}
            height={Math.max(0, bottom - top)}
          >
            <title>
              {`${each.name}, ${bucketWords(data.along[at]!, data.grain)}: ${
                allDigits(figure)
              } ${data.unit}`}
            </title>
          </rect>
        );
      })}
    </>
  );
}
