/** Budgets: alert rules that tell at each of their lines, with pace and forecast. */

import { useState } from "preact/hooks";
import { type AnswerOf, get, rowsOf, send } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { AMOUNT, Choice, Dialog, Field, Form, numberOf } from "../../ui/dialog.tsx";
import { Count, isUnknown, Money, Share, Things, Unknown, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Meter } from "../../ui/meter.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";

const PORTFOLIO = "/profitstream/v2/api/ai/alerts/budgets/portfolio";
const RISKS: Record<string, string> = { LOW: "good", MEDIUM: "warn", HIGH: "bad", CRITICAL: "bad" };

export function Budgets() {
  const [making, make] = useState(false);
  const asked = useAnswer(
    (signal) =>
      get(PORTFOLIO, {
        query: { includeTrend: true, size: 100 },
        signal,
      }),
    [],
  );
  const remove = async (id: string, name: string) => {
    if (!confirm(`Delete the budget “${name}”?`)) return;
    await send("delete", "/profitstream/v2/api/sources/ai/anomaly/{id}", undefined as never, {
      places: { id },
    });
    asked.again();
  };
  return (
    <Panel
      title="Budgets with a forecast"
      aside={<button type="button" class="primary" onClick={() => make(true)}>New budget</button>}
    >
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No budgets yet">
                A budget tells at 50, 80 and 100 %, and says on which day it will be gone.
              </Empty>
            );
          }
          return (
            <Table
              caption="Budgets"
              rows={rows}
              name={(row) => row.alertId!}
              columns={[
                {
                  title: "Budget",
                  cell: (row) => (
                    <>
                      <strong>{row.name}</strong>
                      <br />
                      <span class={`badge ${RISKS[row.risk ?? ""] ?? ""}`}>
                        risk {row.risk?.toLowerCase()}
                      </span>
                    </>
                  ),
                },
                {
                  title: "Used",
                  cell: (row) => <Used of={row} />,
                },
                {
                  title: "Remaining",
                  numeric: true,
                  cell: (row) =>
                    isDark(row) ? <Unknown /> : <Amount of={row.remaining} unit={row.metricType} />,
                },
                {
                  title: "Straight on",
                  numeric: true,
                  cell: (row) =>
                    row.forecast && isDark(row) ? <Unknown /> : row.forecast
                      ? (
                        <>
                          <Amount of={row.forecast.endValue} unit={row.metricType} />
                          <br />
                          <span class="quiet">
                            <Share of={row.forecast.endPercentUsed} />
                          </span>
                        </>
                      )
                      : "–",
                },
                {
                  title: "Gone on",
                  cell: (row) =>
                    row.forecast?.exhaustedOn
                      ? (
                        <strong class="bad">
                          <When at={row.forecast.exhaustedOn} date />
                        </strong>
                      )
                      : <span class="quiet">not in this window</span>,
                },
                { title: "Ends", cell: (row) => <When at={row.window?.endExpected} date /> },
                {
                  title: "",
                  cell: (row) => (
                    <button
                      type="button"
                      class="small danger"
                      onClick={() => remove(row.alertId!, row.name!)}
                    >
                      Delete
                    </button>
                  ),
                },
              ]}
            />
          );
        }}
      </Loaded>
      {making && <NewBudget close={() => make(false)} done={asked.again} />}
    </Panel>
  );
}

type Row = NonNullable<
  AnswerOf<typeof PORTFOLIO>["_embedded"]
>["budgetPortfolioItemResourceList"][number];

function isDark(of: Row): boolean {
  return isUnknown(of.currentValue, of.unpricedCount);
}

/** How much is gone; where no call has a known cost nobody knows it. */
function Used({ of }: { of: Row }) {
  const share = of.percentUsed ?? of.worstPercentUsed;
  const dark = isDark(of);
  return (
    <>
      <Meter of={dark ? null : share} warn={0.8} label={`used of ${of.name}`} />
      {dark ? <Unknown /> : <Amount of={of.currentValue} unit={of.metricType} />} of{" "}
      <Amount of={of.threshold} unit={of.metricType} />
      {!dark && (
        <>
          {" "}
          (<Share of={share} />)
        </>
      )}
      {measure(of.unpricedCount) > 0 && (
        <>
          <br />
          <span class="warn">
            <Things of={of.unpricedCount} one="call" /> without a price
          </span>
        </>
      )}
    </>
  );
}

function Amount(
  { of, unit }: { of: Parameters<typeof Money>[0]["of"]; unit: string | null | undefined },
) {
  return unit === "TOTAL_COST" ? <Money of={of} /> : <Count of={of} />;
}

function NewBudget({ close, done }: { close: () => void; done: () => void }) {
  const keep = (values: Record<string, string>) =>
    send("post", "/profitstream/v2/api/sources/ai/anomaly", {
      name: values.name!,
      alertType: "CUMULATIVE_USAGE",
      metricType: "TOTAL_COST",
      operatorType: "GREATER_THAN_OR_EQUAL_TO",
      threshold: numberOf(values.threshold) ?? 0,
      periodDuration: values.period as "MONTHLY",
      thresholds: [0.5, 0.8, 1],
      notificationAddresses: (values.addresses ?? "").split(/[\s,;]+/).filter(Boolean),
    });
  const finish = () => {
    done();
    close();
  };
  return (
    <Dialog title="New budget" close={close}>
      <Form submit="Make it" send={keep} done={finish}>
        <Field label="Name" name="name" required />
        <div class="pair">
          <Field label="USD" name="threshold" required pattern={AMOUNT} />
          <Choice
            label="In"
            name="period"
            value="MONTHLY"
            options={[["DAILY", "a day"], ["WEEKLY", "a week"], ["MONTHLY", "a month"], [
              "QUARTERLY",
              "a quarter",
            ]]}
          />
        </div>
        <Field label="Told by mail" name="addresses" hint="addresses, at 50, 80 and 100 %" />
      </Form>
    </Dialog>
  );
}
