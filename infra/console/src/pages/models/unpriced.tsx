/** Models whose calls have no known cost, and the way to give them a price. */

import { useEffect, useState } from "preact/hooks";
import { get, rowsOf } from "../../api/client.ts";
import { type Figure, measure } from "../../api/figure.ts";
import { linkTo } from "../../router.ts";
import { Cost, Count } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import type { Span } from "../../window.ts";
import { SetPrice } from "./price.tsx";

interface Row {
  model: string;
  cost: Figure | null;
  unpriced: Figure;
}

const LOOK_MS = 5_000;
const MOST_PAGES = 20;

/** The models of a window that have calls of unknown cost. Each figure is one of the report's. */
async function findUnpriced(span: Span, signal: AbortSignal): Promise<Row[]> {
  const found: Row[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const { data } = await get("/api/v2/analytics/cost-by-model-aggregated", {
      query: { startDate: span.start, endDate: span.end, size: 100, page },
      signal,
    });
    for (const { groupName, metrics } of data._embedded.items) {
      const unpriced = metrics[0]?.unpricedCount;
      if (unpriced && measure(unpriced) > 0) {
        found.push({ model: groupName, cost: metrics[0]?.metricResult ?? null, unpriced });
      }
    }
    if (data.page?.last !== false) break;
  }
  return found.sort((one, other) => measure(other.unpriced) - measure(one.unpriced));
}

export function UnpricedModels({ span }: { span: Span }) {
  const asked = useAnswer((signal) => findUnpriced(span, signal), [span]);
  const [chosen, choose] = useState("");
  const [waiting, setWaiting] = useState(false);
  // A price is found by its calls within a minute: look until then.
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(asked.again, LOOK_MS);
    return () => clearInterval(timer);
  }, [waiting, asked.again]);
  return (
    <Panel title={`Models without a price (${span.name})`}>
      {waiting && (
        <p role="status" class="good">
          The price is kept. Its calls are rated within a minute; this list looks again by itself.
        </p>
      )}
      <Loaded of={asked}>
        {(rows) =>
          rows.length
            ? (
              <Table
                caption="Models with calls of unknown cost"
                rows={rows}
                name={(row) => row.model}
                columns={[
                  {
                    title: "Model",
                    cell: (row) => (
                      <a href={linkTo("records", "", { model: row.model })}>{row.model}</a>
                    ),
                  },
                  {
                    title: "Calls without a cost",
                    numeric: true,
                    cell: (row) => <Count of={row.unpriced} />,
                  },
                  {
                    title: "Known cost of the others",
                    numeric: true,
                    cell: (row) => <Cost of={row.cost} unpriced={row.unpriced} />,
                  },
                  {
                    title: "",
                    cell: (row) => (
                      <button
                        type="button"
                        onClick={() => choose(row.model)}
                      >
                        Set a price
                      </button>
                    ),
                  },
                ]}
              />
            )
            : <Empty title="No model lacks a price">All calls of this window are rated.</Empty>}
      </Loaded>
      {chosen && <Priced model={chosen} close={() => choose("")} done={() => setWaiting(true)} />}
    </Panel>
  );
}

/** The dialog, with the provider that the latest call of the model names. */
function Priced({ model, close, done }: { model: string; close: () => void; done: () => void }) {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/sources/metrics/ai", {
        query: { model, size: 1, sort: ["requestTime,desc"] } as never,
        signal,
      }),
    [model],
  );
  if (!asked.value && !asked.error) return null;
  const provider = asked.value ? rowsOf(asked.value.data)[0]?.provider ?? "" : "";
  return <SetPrice model={model} provider={provider} close={close} done={done} />;
}
