/** Charts that were saved in the explorer and pinned here. */

import { type Configuration, drawnFrom, GENERATE } from "../../api/charts.ts";
import { get, rowsOf, send } from "../../api/client.ts";
import { GroupChart, TimeChart } from "../../ui/drawn.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import type { Span } from "../../window.ts";
import { adds, AVAILABLE, type Metric, metricOf, unitOf } from "../explorer/metrics.ts";

interface Saved {
  id: string;
  name: string;
  configuration: Configuration;
}

export function Pinned({ span }: { span: Span }) {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/reports/chart-definitions", { query: { size: 50 }, signal }),
    [],
  );
  const available = useAnswer((signal) => get(AVAILABLE, { signal }), []).value?.data;
  if (!available) return null;
  const all = (asked.value ? rowsOf(asked.value.data) : []) as unknown as Saved[];
  const pinned = all.filter((chart) => chart.configuration.pinned);
  return (
    <div class="grid">
      {pinned.map((chart) => (
        <One
          key={chart.id}
          chart={chart}
          metric={metricOf(available, chart.configuration.primaryMetric.baseMetric)}
          span={span}
        />
      ))}
    </div>
  );
}

/** A pinned chart is of the window of the page that it stands on. */
function One(
  { chart, metric, span }: { chart: Saved; metric: Metric | undefined; span: Span },
) {
  const calculation = chart.configuration.primaryMetric.calculationType;
  const unit = unitOf(metric, calculation);
  const asked = useAnswer(async (signal) => {
    const configuration = {
      ...chart.configuration,
      dateRange: "custom" as const,
      startDate: span.start,
      endDate: span.end,
    };
    return drawnFrom(
      await send("post", GENERATE, { configuration }, { signal }),
      configuration,
      unit,
    );
  }, [span, chart.id]);
  if (!asked.value) {
    return (
      <Panel title={chart.name}>
        <Loaded of={asked}>{() => null}</Loaded>
      </Panel>
    );
  }
  return asked.value.data.grain
    ? <TimeChart title={chart.name} drawn={asked.value} adds={adds(metric, calculation)} />
    : <GroupChart title={chart.name} drawn={asked.value} />;
}
