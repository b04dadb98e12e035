/** The catalogue with today's prices. */

import { useState } from "preact/hooks";
import { get, pageOf, rowsOf } from "../../api/client.ts";
import { type Figure, shifted } from "../../api/figure.ts";
import { change, type Route } from "../../router.ts";
import { wholeMoney } from "../../ui/digits.ts";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";
import { SetPrice } from "./price.tsx";
import { UnitPrice } from "./unit_price.tsx";

const MODELS = "/profitstream/v2/api/sources/ai/models";

export function Catalogue({ route, own = false }: { route: Route; own?: boolean }) {
  const [adding, add] = useState(false);
  const [chosen, choose] = useState<{ id: string; name: string }>();
  const query = {
    query: route.query.get("query") ?? "",
    provider: route.query.get("provider") ?? "",
    page: route.query.get("page") ?? "0",
    size: 25,
    ...(own ? { modelType: "CUSTOM" } : {}),
  };
  const asked = useAnswer((signal) => get(MODELS, { query: query as never, signal }), [
    JSON.stringify(query),
  ]);
  const providers = useAnswer((signal) => get(`${MODELS}/providers`, { signal }), []);
  const narrow = (name: string) => (event: Event) =>
    change({ [name]: (event.currentTarget as HTMLInputElement).value, page: "" });
  return (
    <Panel
      title={own ? "Prices of your own" : "Catalogue"}
      aside={own && (
        <button
          type="button"
          class="primary"
          onClick={() => add(true)}
        >
          Set a price
        </button>
      )}
    >
      <div class="filters">
        <label>
          Search<input type="search" value={query.query} onChange={narrow("query")} />
        </label>
        <label>
          Provider
          <select value={query.provider} onChange={narrow("provider")}>
            <option value="">all</option>
            {(providers.value?.data ?? []).map((each) => (
              <option key={each} value={each}>{each}</option>
            ))}
          </select>
        </label>
      </div>
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return own
              ? (
                <Empty title="No prices of your own">
                  The list prices count. Set one for a model of your own, or one that the list
                  lacks.
                </Empty>
              )
              : <Empty title="No model matches">Search for a part of its name.</Empty>;
          }
          return (
            <>
              <Table
                caption="Models and their prices, USD a million tokens"
                rows={rows}
                name={(row) => row.id!}
                columns={[
                  { title: "Model", cell: (row) => row.name },
                  { title: "Provider", cell: (row) => row.provider },
                  { title: "Kind", cell: (row) => (row.mode ?? "–").replaceAll("_", " ") },
                  {
                    title: "Input, $/M",
                    numeric: true,
                    cell: (row) => <PerMillion of={row.inputCostPerToken} />,
                  },
                  {
                    title: "Output, $/M",
                    numeric: true,
                    cell: (row) => <PerMillion of={row.outputCostPerToken} />,
                  },
                  {
                    title: "Cache read, $/M",
                    numeric: true,
                    cell: (row) => <PerMillion of={row.cacheReadCostPerInputToken} />,
                  },
                  {
                    title: "Cache write, $/M",
                    numeric: true,
                    cell: (row) => <PerMillion of={row.cacheCreationCostPerInputToken} />,
                  },
                  {
                    title: "By other units",
                    cell: (row) => (
                      <button
                        type="button"
                        class="small"
                        onClick={() => choose({ id: row.id!, name: row.name })}
                      >
                        Prices<span class="hidden">of {row.name} by unit</span>
                      </button>
                    ),
                  },
                ]}
              />
              <Pager page={pageOf(data)} />
            </>
          );
        }}
      </Loaded>
      {chosen && <UnitPrice model={chosen} close={() => choose(undefined)} done={asked.again} />}
      {adding && <SetPrice model="" provider="" close={() => add(false)} done={asked.again} />}
    </Panel>
  );
}

/** Prices are shown whole: they have few digits, and each matters. */
function PerMillion({ of }: { of: Figure | null | undefined }) {
  if (of === null || of === undefined) return <span class="quiet">–</span>;
  return <>{wholeMoney(shifted(of, 6), "USD")}</>;
}
