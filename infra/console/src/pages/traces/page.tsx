/** Runs of agents: whole traces, the latest or the costliest first. */

import { get, pageOf, rowsOf } from "../../api/client.ts";
import { linkTo } from "../../router.ts";
import { Cost, Count, Took, When } from "../../ui/figures.tsx";
import { type Filter, Filters, listQuery } from "../../ui/filters.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Interactions, Squads, StandingOut } from "./agents.tsx";

const PATH = "/profitstream/v2/api/sources/metrics/ai/traces";
const FILTERS: Filter[] = [
  ["traceId", "Trace"],
  ["traceName", "Name"],
  ["traceType", "Type"],
  ["totalCostMin", "Cost from (USD)"],
  ["traceDurationMin", "Took at least (ms)"],
];

const TABS: [string, string][] = [["list", "Traces"], ["agents", "Agents, squads, outliers"]];

export default function Traces({ route, span }: PageProperties) {
  const tab = route.id || "list";
  return (
    <>
      <Head
        title="Traces"
        lead="Runs of agents that began in the window, with all that they called."
      />
      <Tabs page="traces" tabs={TABS} current={tab} />
      {tab === "list" && <List route={route} span={span} />}
      {tab === "agents" && (
        <>
          <StandingOut span={span} />
          <Interactions span={span} />
          <Squads />
        </>
      )}
    </>
  );
}

function List({ route, span }: PageProperties) {
  const query = listQuery(route, span, FILTERS, "startTime,desc");
  const asked = useAnswer((signal) => get(PATH, { query: query as never, signal }), [
    JSON.stringify(query),
  ]);
  return (
    <>
      <Filters filters={FILTERS} route={route} />
      <Panel title="Traces">
        <Loaded of={asked}>
          {({ data }) => {
            const rows = rowsOf(data);
            if (!rows.length) {
              return (
                <Empty title="No trace began in this window">
                  Send a <code>traceId</code>{" "}
                  with your calls, or OpenTelemetry spans, and they stand here.
                </Empty>
              );
            }
            return (
              <>
                <Table
                  caption="Traces"
                  rows={rows}
                  name={(row) => row.traceId!}
                  sort={query.sort!}
                  columns={[
                    {
                      title: "Began",
                      sort: "startTime",
                      cell: (row) => (
                        <span class="nowrap">
                          <When at={row.startTime} />
                        </span>
                      ),
                    },
                    {
                      title: "Trace",
                      cell: (row) => (
                        <a href={linkTo("trace", row.traceId!)}>{row.traceName ?? row.traceId}</a>
                      ),
                    },
                    { title: "Agents", cell: (row) => (row.agents ?? []).join(", ") || "–" },
                    {
                      title: "Calls",
                      numeric: true,
                      sort: "transactionCount",
                      cell: (row) => <Count of={row.transactionCount} />,
                    },
                    {
                      title: "Failed",
                      numeric: true,
                      cell: (row) => <Count of={row.errorCount} />,
                    },
                    {
                      title: "Took",
                      numeric: true,
                      sort: "traceDuration",
                      cell: (row) => <Took of={row.traceDuration} />,
                    },
                    {
                      title: "Unpriced",
                      numeric: true,
                      cell: (row) => <Count of={row.unpricedCount} />,
                    },
                    {
                      title: "Cost",
                      numeric: true,
                      sort: "totalCost",
                      cell: (row) => <Cost of={row.totalCost} unpriced={row.unpricedCount} />,
                    },
                  ]}
                />
                <Pager page={pageOf(data)} />
              </>
            );
          }}
        </Loaded>
      </Panel>
    </>
  );
}
