/** Single calls: lists with their filters in the address. */

import { addressOf, get, pageOf, rowsOf } from "../../api/client.ts";
import { curlOf } from "../../api/charts.ts";
import { linkTo } from "../../router.ts";
import { session } from "../../session.ts";
import { Count, Money, Took, Unknown, When } from "../../ui/figures.tsx";
import { type Filter, Filters, listQuery } from "../../ui/filters.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Code, Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/sources/metrics/ai";
const FILTERS: Filter[] = [
  ["query", "Search"],
  ["model", "Model"],
  ["provider", "Provider"],
  ["agent", "Agent"],
  ["organizationName", "Customer"],
  ["traceId", "Trace"],
  ["totalCostMin", "Cost from (USD)"],
];

export default function Records({ route, span }: PageProperties) {
  const query = listQuery(route, span, FILTERS, "requestTime,desc");
  const asked = useAnswer((signal) => get(PATH, { query: query as never, signal }), [
    JSON.stringify(query),
  ]);
  return (
    <>
      <Head
        title="Records"
        lead="Every call as it was metered, with its price and whom it belongs to."
      />
      <Filters filters={FILTERS} route={route} />
      <Panel title="Calls">
        <Loaded of={asked}>
          {({ data }) => {
            const rows = rowsOf(data);
            if (!rows.length) {
              return (
                <Empty title="No call matches">
                  Choose a longer window, or take a filter away.
                </Empty>
              );
            }
            return (
              <>
                <Table
                  caption="Calls"
                  rows={rows}
                  name={(row) => row.id!}
                  sort={query.sort!}
                  columns={[
                    {
                      title: "Time",
                      sort: "requestTime",
                      cell: (row) => (
                        <a class="nowrap" href={linkTo("record", row.id!)}>
                          <When at={row.requestTime} />
                        </a>
                      ),
                    },
                    { title: "Model", sort: "model", cell: (row) => row.model ?? "–" },
                    { title: "Agent", cell: (row) => row.agent ?? "–" },
                    { title: "Customer", cell: (row) => row.organization?.label ?? "–" },
                    {
                      title: "Tokens",
                      numeric: true,
                      sort: "totalTokenCount",
                      cell: (row) => <Count of={row.totalTokenCount} />,
                    },
                    {
                      title: "Took",
                      numeric: true,
                      sort: "requestDuration",
                      cell: (row) => <Took of={row.requestDuration} />,
                    },
                    {
                      title: "Cost",
                      numeric: true,
                      sort: "totalCost",
                      cell: (row) =>
                        row.priceStatus === "UNPRICED" ? <Unknown /> : <Money of={row.totalCost} />,
                    },
                    {
                      title: "Trace",
                      cell: (row) =>
                        row.traceId
                          ? (
                            <a href={linkTo("trace", row.traceId)}>
                              {row.traceName ?? row.traceId}
                            </a>
                          )
                          : "–",
                    },
                  ]}
                />
                <Pager page={pageOf(data)} />
              </>
            );
          }}
        </Loaded>
        <details>
          <summary>The same as a command</summary>
          <Code text={curlOf("GET", addressOf(PATH, { teamId: session.team, ...query }))} />
        </details>
      </Panel>
    </>
  );
}
