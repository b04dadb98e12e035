/** What fired, and what people did about it. */

import { get, pageOf, rowsOf, send } from "../../api/client.ts";
import type { Figure } from "../../api/figure.ts";
import type { Route } from "../../router.ts";
import { Count, Money, Took, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/sources/ai/alert";
const RULES = "/profitstream/v2/api/sources/ai/anomaly";

export function Alerts({ route }: { route: Route }) {
  const page = route.query.get("page") ?? "0";
  const asked = useAnswer((signal) => get(PATH, { query: { page, size: 25 } as never, signal }), [
    page,
  ]);
  const rules = useAnswer((signal) => get(RULES, { query: { size: 100 }, signal }), []);
  const act = async (id: string, body: object) => {
    await send("put", `${PATH}/{id}`, body as never, { places: { id } });
    asked.again();
  };
  return (
    <>
      <Panel title="Alerts">
        <Loaded of={asked}>
          {({ data }) => {
            const rows = rowsOf(data);
            if (!rows.length) {
              return (
                <Empty title="Nothing has fired">
                  When a rule or a budget fires, it stands here until it ends.
                </Empty>
              );
            }
            return (
              <>
                <Table
                  caption="Alerts"
                  rows={rows}
                  name={(row) => row.id!}
                  columns={[
                    {
                      title: "Rule",
                      cell: (row) => (
                        <>{row.label}{row.groupDisplayName && <>· {row.groupDisplayName}</>}</>
                      ),
                    },
                    {
                      title: "State",
                      cell: (row) =>
                        row.resolved
                          ? <span class="badge good">over</span>
                          : row.acknowledged
                          ? <span class="badge warn">seen</span>
                          : <span class="badge bad">firing</span>,
                    },
                    { title: "Since", cell: (row) => <When at={row.triggeredTimestamp} /> },
                    { title: "For", numeric: true, cell: (row) => <Took of={row.duration} /> },
                    {
                      title: "Value",
                      numeric: true,
                      cell: (row) => <Amount of={row.triggeredValue} metric={row.metricType} />,
                    },
                    {
                      title: "Threshold",
                      numeric: true,
                      cell: (row) => <Amount of={row.threshold} metric={row.metricType} />,
                    },
                    {
                      title: "",
                      cell: (row) =>
                        !row.resolved && (
                          <span class="filters">
                            {!row.acknowledged && (
                              <button
                                type="button"
                                class="small"
                                onClick={() => act(row.id!, { acknowledged: true })}
                              >
                                I have seen it
                              </button>
                            )}
                            <button
                              type="button"
                              class="small"
                              onClick={() => act(row.id!, { resolved: true })}
                            >
                              It is over
                            </button>
                          </span>
                        ),
                    },
                  ]}
                />
                <Pager page={pageOf(data)} />
              </>
            );
          }}
        </Loaded>
      </Panel>
      <Panel title="Rules">
        <Loaded of={rules}>
          {({ data }) => {
            const rows = rowsOf(data);
            if (!rows.length) {
              return (
                <Empty title="No rules">
                  A budget is one; others are made through the API, see docs/alerts.md.
                </Empty>
              );
            }
            return (
              <Table
                caption="Alert rules"
                rows={rows}
                name={(row) => row.id!}
                columns={[
                  { title: "Rule", cell: (row) => row.name },
                  {
                    title: "Looks at",
                    cell: (row) =>
                      `${lower(row.metricType)}, ${lower(row.alertType)}, ${
                        lower(row.periodDuration)
                      }`,
                  },
                  {
                    title: "Threshold",
                    numeric: true,
                    cell: (row) => <Amount of={row.threshold} metric={row.metricType} />,
                  },
                  {
                    title: "Told",
                    cell: (row) => (row.notificationAddresses ?? []).join(", ") || "nobody by mail",
                  },
                  {
                    title: "State",
                    cell: (row) =>
                      row.firing
                        ? <span class="badge bad">firing</span>
                        : row.enabled === false
                        ? "off"
                        : <span class="badge good">quiet</span>,
                  },
                ]}
              />
            );
          }}
        </Loaded>
      </Panel>
    </>
  );
}

/** A value of a metric: money, or a number of things. */
export function Amount(
  { of, metric }: { of: Figure | null | undefined; metric: string | null | undefined },
) {
  return isMoney(metric) ? <Money of={of} /> : <Count of={of} />;
}

/** Whether what a rule looks at is told in USD. */
function isMoney(metric: string | null | undefined): boolean {
  return /COST|MARGIN/.test(metric ?? "");
}

function lower(word: string): string {
  return word.toLowerCase().replaceAll("_", " ");
}
