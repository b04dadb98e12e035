/** Who calls whom, who works together, and which runs stand out. */

import { get, rowsOf } from "../../api/client.ts";
import { linkTo } from "../../router.ts";
import { Cost, Count, Divided, Percent, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import type { Span } from "../../window.ts";

export function Interactions({ span }: { span: Span }) {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/sources/metrics/ai/traces/agent-interactions", {
        query: { startDate: span.start, endDate: span.end, size: 12 },
        signal,
      }),
    [span],
  );
  return (
    <Panel title="Who calls whom">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No agent called another one">
                Spans with parents tell who calls whom.
              </Empty>
            );
          }
          return (
            <Table
              caption="Agents that call agents"
              rows={rows}
              name={(row) => `${row.sourceAgent} ${row.targetAgent}`}
              columns={[
                { title: "Agent", cell: (row) => row.sourceAgent },
                { title: "calls", cell: (row) => row.targetAgent },
                {
                  title: "Times",
                  numeric: true,
                  cell: (row) => <Count of={row.interactionCount} />,
                },
                {
                  title: "Cost",
                  numeric: true,
                  cell: (row) => <Cost of={row.totalCost} unpriced={row.unpricedCount} />,
                },
              ]}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}

/** Traces beyond the percentiles of their type, the furthest first. */
export function StandingOut({ span }: { span: Span }) {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/sources/metrics/ai/traces/anomalies", {
        query: { startDate: span.start, endDate: span.end, size: 12 },
        signal,
      }),
    [span],
  );
  return (
    <Panel title="Traces that stand out">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return <Empty title="None">No trace is far from the others of its type.</Empty>;
          }
          return (
            <Table
              caption="Traces that stand out"
              rows={rows}
              name={(row) => row.id}
              columns={[
                {
                  title: "Trace",
                  cell: (row) => (
                    <a href={linkTo("trace", row.traceId)}>{row.label ?? row.traceId}</a>
                  ),
                },
                { title: "Began", cell: (row) => <When at={row.startTime} /> },
                {
                  title: "By its",
                  cell: (row) => row.metricType.toLowerCase().replaceAll("_", " "),
                },
                {
                  title: "Beyond the usual",
                  numeric: true,
                  cell: (row) => (
                    <Divided by={[row.thresholdValue]}>
                      <Percent of={row.deviationPercentage} />
                    </Divided>
                  ),
                },
                {
                  title: "Calls",
                  numeric: true,
                  cell: (row) => <Count of={row.transactionCount} />,
                },
                {
                  title: "Unpriced",
                  numeric: true,
                  cell: (row) => <Count of={row.unpricedCount} />,
                },
                {
                  title: "Cost",
                  numeric: true,
                  cell: (row) => <Cost of={row.totalCost} unpriced={row.unpricedCount} />,
                },
              ]}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}

export function Squads() {
  const asked = useAnswer(
    (signal) => get("/profitstream/v2/api/squads/entities", { query: { size: 12 }, signal }),
    [],
  );
  return (
    <Panel title="Squads" aside={<span class="quiet">of all time</span>}>
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No squads">
                Calls that name a <code>squadName</code> stand here.
              </Empty>
            );
          }
          return (
            <Table
              caption="Squads"
              rows={rows}
              name={(row) => row.id!}
              columns={[
                { title: "Squad", cell: (row) => row.label },
                { title: "Agents", numeric: true, cell: (row) => <Count of={row.agentCount} /> },
                { title: "Traces", numeric: true, cell: (row) => <Count of={row.traceCount} /> },
                { title: "Last", cell: (row) => <When at={row.lastExecutionTime} date /> },
                {
                  title: "Cost",
                  numeric: true,
                  cell: (row) => <Cost of={row.totalCost} unpriced={row.unpricedCount} />,
                },
                {
                  title: "Unpriced",
                  numeric: true,
                  cell: (row) => <Count of={row.unpricedCount} />,
                },
              ]}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}
