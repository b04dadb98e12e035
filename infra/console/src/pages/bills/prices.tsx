/** Where a provider's price differs from ours, and the request that would make them agree. */

import { curlOf } from "../../api/charts.ts";
import { addressOf, get } from "../../api/client.ts";
import { type Figure, keepExactly } from "../../api/figure.ts";
import { Money, Signed } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Code, Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { daysOf, type Span } from "../../window.ts";
import { lower } from "./words.tsx";

type Pair = { ours?: Figure | null; theirs: Figure };

/** The body of a proposed request, its numbers as the API wrote them. */
function bodyOf(text: string, at: number): unknown {
  const told = keepExactly(text) as { proposals: { request: { body: unknown } }[] };
  return told.proposals[at]?.request.body;
}

export function Prices({ span }: { span: Span }) {
  const asks = daysOf(span);
  const asked = useAnswer(
    (signal) => get("/api/v2/reconciliation/prices", { query: asks, signal }),
    [JSON.stringify(asks)],
  );
  return (
    <Panel title="Prices that would agree with the bills">
      <Loaded of={asked}>
        {({ data, text }) =>
          data.proposals.length
            ? (
              <>
                <Table
                  caption="Proposed prices"
                  rows={data.proposals}
                  name={(row) => `${row.provider}/${row.model}`}
                  columns={[
                    {
                      title: "Model",
                      cell: (row) => (
                        <>
                          {row.model} <span class="quiet">{row.provider}</span>
                        </>
                      ),
                    },
                    {
                      title: "Since",
                      cell: (row) => <span class="nowrap">{row.effectiveFrom}</span>,
                    },
                    {
                      title: "USD a million tokens: ours, theirs",
                      cell: (row) =>
                        (Object.entries(row.pricesPerMillion) as [string, Pair][]).map((
                          [kind, { ours, theirs }],
                        ) => (
                          <div key={kind}>
                            <span class="quiet">{lower(kind)}</span>{" "}
                            {ours ? <Money of={ours} /> : <span class="unknown">none</span>},{" "}
                            <Money of={theirs} />
                          </div>
                        )),
                    },
                    {
                      title: "Difference in the period",
                      numeric: true,
                      cell: (row) => <Signed of={row.difference} />,
                    },
                    {
                      title: "The request that sets it",
                      cell: (row) => (
                        <details>
                          <summary>curl</summary>
                          <Code
                            text={curlOf(
                              row.request.method,
                              addressOf(row.request.path),
                              bodyOf(text, data.proposals.indexOf(row)),
                            )}
                            label={`Request for ${row.model}`}
                          />
                        </details>
                      ),
                    },
                  ]}
                />
                <p class="quiet">
                  Nothing is changed by this page. After the request,{" "}
                  <code>meterlake re-rate --from DATE --model MODEL</code>{" "}
                  rates the calls from that day on anew; with <code>--dry-run</code>{" "}
                  it only says what would change.
                </p>
              </>
            )
            : (
              <Empty title="No price differs">
                To the end of the period, where a bill is known, providers charge what our price
                list says. A bill comes by a connection, or as a FOCUS file.
              </Empty>
            )}
      </Loaded>
    </Panel>
  );
}
