/** The trail of what changed what was already counted. */

import { get, pageOf, rowsOf } from "../../api/client.ts";
import type { Route } from "../../router.ts";
import { Count, Money, Things, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";

export function Audit({ route }: { route: Route }) {
  const page = route.query.get("page") ?? "0";
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/audit-entries", { query: { page, size: 25 } as never, signal }),
    [page],
  );
  return (
    <Panel title="Audit trail">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="Nothing yet">
                Re-ratings, corrections, voids, erasures, changes of billing, looks at prompts, keys
                made and revoked and payments stand here.
              </Empty>
            );
          }
          return (
            <>
              <Table
                caption="Audit trail"
                rows={rows}
                name={(row) => row.id}
                columns={[
                  { title: "When", cell: (row) => <When at={row.changedAt} /> },
                  { title: "What", cell: (row) => row.action.toLowerCase().replaceAll("_", " ") },
                  { title: "Who", cell: (row) => row.author ?? "the server" },
                  {
                    title: "Days",
                    cell: (row) =>
                      row.firstDay === row.lastDay
                        ? row.firstDay ?? "–"
                        : `${row.firstDay} to ${row.lastDay}`,
                  },
                  {
                    title: "Changed",
                    cell: (row) => (
                      <ul class="plainlist">
                        {(row.lines ?? []).map((line) => (
                          <li key={`${line.provider} ${line.model}`}>
                            {line.model}: <Things of={line.changed} one="call" />,{" "}
                            <Money of={line.costBefore} /> → <Money of={line.costAfter} />, unpriced
                            {" "}
                            <Count of={line.unpricedBefore} /> → <Count of={line.unpricedAfter} />
                          </li>
                        ))}
                        {plainFacts(row.facts).map(([name, value]) => (
                          <li key={name}>{name}: {value}</li>
                        ))}
                      </ul>
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
  );
}

/** What is known of a change beside its lines, as far as it is said in a word. */
function plainFacts(facts: object | undefined): [string, string][] {
  return Object.entries(facts ?? {})
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]) => [name, String(value)]);
}
