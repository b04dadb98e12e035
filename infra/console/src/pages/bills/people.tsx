/** What of the bills is whose. */

import { get, pageOf, rowsOf } from "../../api/client.ts";
import { isZero } from "../../api/figure.ts";
import type { Route } from "../../router.ts";
import { Count, Divided, Money, None, Percent, When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Facts, Pager, Table } from "../../ui/table.tsx";
import { daysOf, type Span } from "../../window.ts";
import { lower, NoBill } from "./words.tsx";

const PATH = "/profitstream/v2/api/billing/users";

export function People({ route, span }: { route: Route; span: Span }) {
  const query = { ...daysOf(span), size: 25, page: route.query.get("page") ?? "0" };
  const asked = useAnswer(
    (signal) => get(PATH, { query: query as never, signal }),
    [JSON.stringify(query)],
  );
  return (
    <Panel title="Cost per person">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data) as typeof data._embedded.objectList;
          if (!rows.length && isZero(data.totalCost)) {
            return <NoBill title="Nothing was billed in these days, as far as is known" />;
          }
          return (
            <>
              <Facts
                of={[
                  ["Billed in all", <Money of={data.totalCost} />],
                  ["Of people who are known", <Money of={data.attributedCost} />],
                  ["Of nobody known", <Money of={data.unattributedCost} />],
                ]}
              />
              <p class="quiet">
                Each day's bill of a model is split by the tokens of each person's calls, who are
                known by <code>subscriber.email</code>.
              </p>
              {rows.length > 0 && (
                <>
                  <Table
                    caption="Cost per person"
                    rows={rows}
                    name={(row) => row.id}
                    columns={[
                      { title: "Person", cell: (row) => row.userName ?? row.userEmail },
                      { title: "Cost", numeric: true, cell: (row) => <Money of={row.totalCost} /> },
                      {
                        title: "Of all people's",
                        numeric: true,
                        cell: (row) => (
                          <Divided by={[data.attributedCost]}>
                            <Percent of={row.costPercentage} />
                          </Divided>
                        ),
                      },
                      {
                        title: "By provider",
                        cell: (row) =>
                          row.providers.map(({ provider, cost }) => (
                            <div key={provider}>
                              <span class="quiet">{lower(provider)}</span> <Money of={cost} />
                            </div>
                          )),
                      },
                      {
                        title: "Tokens",
                        numeric: true,
                        cell: (row) => <Count of={row.totalTokens} />,
                      },
                      {
                        title: "Merged",
                        numeric: true,
                        cell: (row) => <Count of={row.prsMerged} />,
                      },
                      {
                        title: "A merged one",
                        numeric: true,
                        cell: (row) => row.costPerPr ? <Money of={row.costPerPr} /> : <None />,
                      },
                      { title: "Seen", cell: (row) => <When at={row.lastActiveAt} date /> },
                    ]}
                  />
                  <Pager page={pageOf(data)} />
                </>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
