/** Lines that were crossed: who was stopped, who was warned. */

import { get, pageOf, rowsOf } from "../../api/client.ts";
import type { Route } from "../../router.ts";
import { Amount } from "./alerts.tsx";
import { Count, Percent, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Facts, Pager, Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/ai/enforcement-events";

export function Events({ route }: { route: Route }) {
  const page = route.query.get("page") ?? "0";
  const asked = useAnswer((signal) => get(PATH, { query: { page, size: 25 } as never, signal }), [
    page,
  ]);
  const summary = useAnswer((signal) => get(`${PATH}/summary`, { signal }), []);
  return (
    <>
      <Panel title="In the last 30 days">
        <Loaded of={summary}>
          {({ data }) => (
            <Facts
              of={[
                ["Stopped", <Count of={data.blocked} />],
                ["Warned", <Count of={data.warned} />],
                ["Would have been stopped", <Count of={data.wouldBlock} />],
                ["Would have been warned", <Count of={data.wouldWarn} />],
                ["Whom it met", <Count of={data.distinctAffected} />],
              ]}
            />
          )}
        </Loaded>
      </Panel>
      <Panel title="Enforcement">
        <Loaded of={asked}>
          {({ data }) => {
            const rows = rowsOf(data);
            if (!rows.length) {
              return (
                <Empty title="No line was crossed">
                  A limit that is crossed stands here, once a window and group.
                </Empty>
              );
            }
            return (
              <>
                <Table
                  caption="Lines that were crossed"
                  rows={rows}
                  name={(row) => row.id}
                  columns={[
                    { title: "When", cell: (row) => <When at={row.created} /> },
                    { title: "Limit", cell: (row) => row.ruleName ?? "–" },
                    {
                      title: "What",
                      cell: (row) => (
                        <>
                          {(row.outcome ?? row.level ?? "").toLowerCase()}
                          {row.isShadow && " (only said)"}
                        </>
                      ),
                    },
                    {
                      title: "Whom",
                      cell: (row) => row.groupLabel ?? row.groupValue ?? "everybody",
                    },
                    {
                      title: "Used",
                      numeric: true,
                      cell: (row) => <Amount of={row.currentValue} metric={row.metricType} />,
                    },
                    {
                      title: "Of",
                      numeric: true,
                      cell: (row) => <Amount of={row.threshold} metric={row.metricType} />,
                    },
                    {
                      title: "Part",
                      numeric: true,
                      cell: (row) => <Percent of={row.usagePercent} />,
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
