/** One job: its ROI, its outcome, its calls. */

import { useState } from "preact/hooks";
import { get, rowsOf, send } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { linkTo } from "../../router.ts";
import { AMOUNT, Choice, Dialog, Field, Form, numberOf } from "../../ui/dialog.tsx";
import { Count, Money, Percent, Things, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, Sole } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/jobs/{agenticJobId}";

export function Job({ id }: { id: string }) {
  const places = { agenticJobId: id };
  const roi = useAnswer((signal) => get(`${PATH}/roi`, { places, signal }), [id]);
  const calls = useAnswer((signal) => get(`${PATH}/transactions`, { places, signal }), [id]);
  const [telling, tell] = useState(false);
  return (
    <Sole of={roi} title={`Job ${id}`}>
      {({ data }) => (
        <>
          <Head
            title={data.agenticJobName ?? id}
            lead={<>Job {id}, {data.agenticJobType ?? "of no type"}</>}
          >
            {!data.hasOutcome && (
              <button type="button" class="primary" onClick={() => tell(true)}>
                Tell its outcome
              </button>
            )}
          </Head>
          <div class="tiles">
            <section class="tile">
              <h2>Cost, with all attempts</h2>
              <p class="figure">
                <Money of={data.totalCost} />
              </p>
              {measure(data.unpricedCount) > 0 && (
                <p class="warn">
                  <Things of={data.unpricedCount} one="call" /> without a price
                </p>
              )}
            </section>
            <section class="tile">
              <h2>Value</h2>
              <p class="figure">
                {data.hasOutcome
                  ? <Money of={data.outcomeValue} currency={data.outcomeCurrency ?? "USD"} />
                  : "–"}
              </p>
              <p class="quiet">{data.outcomeType?.toLowerCase() ?? "no outcome told yet"}</p>
            </section>
            <section class="tile">
              <h2>ROI</h2>
              <p class="figure">
                <Percent of={data.roi} />
              </p>
            </section>
            <section class="tile">
              <h2>Calls</h2>
              <p class="figure">
                <Count of={data.transactionCount} />
              </p>
              <p class="quiet">
                <Things of={data.totalTokens} one="token" />
              </p>
            </section>
          </div>
          <Panel title="Its calls">
            <Loaded of={calls}>
              {(answer) => {
                const rows = rowsOf(answer.data) as {
                  transactionId?: string;
                  traceId?: string | null;
                  model?: string | null;
                  agent?: string | null;
                  requestTime?: string;
                  totalCost?: never;
                  id?: string;
                }[];
                if (!rows.length) {
                  return (
                    <Empty title="No calls yet">
                      Calls that name this job by <code>agenticJobId</code> stand here.
                    </Empty>
                  );
                }
                return (
                  <Table
                    caption="Calls of the job"
                    rows={rows}
                    name={(row) => row.transactionId ?? row.id ?? ""}
                    columns={[
                      { title: "Time", cell: (row) => <When at={row.requestTime} /> },
                      { title: "Model", cell: (row) => row.model ?? "–" },
                      { title: "Agent", cell: (row) => row.agent ?? "–" },
                      {
                        title: "Trace",
                        cell: (row) =>
                          row.traceId
                            ? <a href={linkTo("trace", row.traceId)}>{row.traceId}</a>
                            : "–",
                      },
                      { title: "Cost", numeric: true, cell: (row) => <Money of={row.totalCost} /> },
                    ]}
                  />
                );
              }}
            </Loaded>
          </Panel>
          {telling && <TellOutcome id={id} close={() => tell(false)} done={roi.again} />}
        </>
      )}
    </Sole>
  );
}

function TellOutcome({ id, close, done }: { id: string; close: () => void; done: () => void }) {
  const keep = (values: Record<string, string>) =>
    send("post", `${PATH}/outcome`, {
      executionStatus: values.status as "SUCCESS",
      ...(values.outcome ? { outcomeType: values.outcome as "CONVERTED" } : {}),
      ...(values.value
        ? { outcomeValue: numberOf(values.value), outcomeCurrency: "USD" as const }
        : {}),
      ...(values.reason ? { outcomeReason: values.reason } : {}),
    }, { places: { agenticJobId: id } });
  const finish = () => {
    done();
    close();
  };
  const words = (values: string[]): [string, string][] =>
    values.map((value) => [value, value.toLowerCase() || "–"]);
  return (
    <Dialog title="Tell the outcome" close={close}>
      <Form submit="Tell it" send={keep} done={finish}>
        <div class="pair">
          <Choice
            label="It"
            name="status"
            options={[["SUCCESS", "succeeded"], ["FAILED", "failed"], [
              "CANCELLED",
              "was cancelled",
            ]]}
          />
          <Choice
            label="Outcome"
            name="outcome"
            options={words(["", "CONVERTED", "DEFLECTED", "ESCALATED", "UNSUCCESSFUL", "CUSTOM"])}
          />
        </div>
        <Field label="Value, USD" name="value" pattern={AMOUNT} />
        <Field label="Because" name="reason" />
      </Form>
    </Dialog>
  );
}
