/** Lines over time: for what does not add up, such as durations. */

import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { measure } from "../../api/figure.ts";
import { bucketWords, MARGIN, Scale, stride, useWidth } from "./axes.tsx";
import type { Data } from "./series.ts";

const HEIGHT = 240;

export function Lines(
  { data, label, marked = "" }: { data: Data; label: string; marked?: string },
) {
  const [place, width] = useWidth();
  const most = Math.max(0, ...data.series.flatMap((series) => series.values.map(measure)));
  const y = scaleLinear().domain([0, most || 1]).nice(4).range([
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  ]);
  const step = Math.max(0, width - MARGIN.left - MARGIN.right) / Math.max(1, data.along.length);
  const x = (at: number) => MARGIN.left + (at + 0.5) * step;
  const told = stride(data.along.length, width - MARGIN.left, data.grain);
  return (
    <div ref={place} class="drawing">
      <svg width={width} height={HEIGHT} role="img" aria-label={label}>
        <Scale y={y} width={width} unit={data.unit} />
        {data.series.map((series, number) => {
          // A bucket of which nothing is known is a gap, and no point at 0.
          const path = line<string | null>().defined((each) => each !== null).x((_, at) => x(at)).y(
            (each) => y(Number(each)),
          );
          const classes = [
            `l${number % 8}`,
            series.before && "faint",
            marked && series.name !== marked && "back",
          ];
          return (
            <g key={series.name} class={classes.filter(Boolean).join(" ")}>
              <path d={path(series.values) ?? ""} fill="none">
                <title>{series.name}</title>
              </path>
              {series.values.map((each, at) =>
                each !== null && (
                  <circle key={at} cx={x(at)} cy={y(measure(each))} r={2.5}>
                    <title>
                      {`${series.name}, ${
                        bucketWords(data.along[at]!, data.grain)
                      }: ${each} ${data.unit}`}
                    </title>
                  </circle>
                )
              )}
            </g>
          );
        })}
        {data.along.map((start, at) =>
          at % told === 0 && (
            <text key={start} class="bucket" x={x(at)} y={HEIGHT - 6} text-anchor="middle">
              {bucketWords(start, data.grain)}
            </text>
          )
        )}
      </svg>
    </div>
  );
}
