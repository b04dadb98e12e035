/** Charts of the chart builder, over time and by group. */

import { useState } from "preact/hooks";
import { draw, type Drawn, type Question } from "../api/charts.ts";
import { type Bar, Bars, Value } from "./chart/bars.tsx";
import { Columns } from "./chart/columns.tsx";
import { Legend } from "./chart/legend.tsx";
import { Lines } from "./chart/lines.tsx";
import { type Asked, Empty, Loaded, useAnswer } from "./loading.tsx";
import { ChartPanel, Panel } from "./panel.tsx";

/** Ask the chart builder; again when the question changes. */
export function useDrawn(question: Question): Asked<Drawn> {
  return useAnswer((signal) => draw(question, signal), [JSON.stringify(question)]);
}

interface Properties {
  title: string;
  question: Question;
}

/** A metric over time, by group when the question says so. `adds` says that its values add up. */
export function OverTime({ title, question, adds = true }: Properties & { adds?: boolean }) {
  const asked = useDrawn({ ...question, over: true });
  return asked.value && !asked.error
    ? <TimeChart title={title} drawn={asked.value} adds={adds} />
    : (
      <Panel title={title}>
        <Loaded of={asked}>{() => null}</Loaded>
      </Panel>
    );
}

/** What was drawn over time, as a panel. */
export function TimeChart(
  { title, drawn, adds = true }: { title: string; drawn: Drawn; adds?: boolean },
) {
  const [marked, mark] = useState("");
  const { data, headers, curl, total } = drawn;
  const Picture = adds ? Columns : Lines;
  return (
    <ChartPanel
      title={title}
      data={data}
      headers={headers}
      curl={curl}
      total={(total !== null || data.series.length > 0) && <Value of={total} unit={data.unit} />}
    >
      {data.series.length
        ? (
          <>
            <Picture data={data} label={title} marked={marked} />
            <Legend data={data} marked={marked} mark={mark} />
          </>
        )
        : <Nothing />}
    </ChartPanel>
  );
}

/** A metric by group, the largest first. */
export function ByGroup(
  { title, question, hrefOf }: Properties & { hrefOf?: (group: string) => string },
) {
  const asked = useDrawn(question);
  return asked.value && !asked.error
    ? <GroupChart title={title} drawn={asked.value} {...(hrefOf ? { hrefOf } : {})} />
    : (
      <Panel title={title}>
        <Loaded of={asked}>{() => null}</Loaded>
      </Panel>
    );
}

/** What was drawn by group, as a panel. */
export function GroupChart(
  { title, drawn, hrefOf }: { title: string; drawn: Drawn; hrefOf?: (group: string) => string },
) {
  const { data, headers, curl, total } = drawn;
  const now = data.series.find((series) => !series.before);
  const before = data.series.find((series) => series.before);
  const bars = data.along.map((name, at): Bar => ({
    name,
    value: now?.values[at] ?? null,
    ...(before ? { before: before.values[at] ?? null } : {}),
    ...(hrefOf && name !== "Other" && name !== "UNCLASSIFIED" ? { href: hrefOf(name) } : {}),
  }));
  return (
    <ChartPanel
      title={title}
      data={data}
      headers={headers}
      curl={curl}
      total={(total !== null || data.series.length > 0) && <Value of={total} unit={data.unit} />}
    >
      {bars.length ? <Bars bars={bars} unit={data.unit} label={title} /> : <Nothing />}
    </ChartPanel>
  );
}

function Nothing() {
  return (
    <Empty title="Nothing in this window">Choose a longer window, or take a filter away.</Empty>
  );
}
