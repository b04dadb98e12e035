/** What became of a call since it was metered: why each version came, and what differs. */

import { useState } from "preact/hooks";
import { type AnswerOf, get, pageOf, rowsOf } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { Count, Money, Unknown, When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";

const VERSIONS = "/profitstream/v2/api/sources/metrics/ai/{id}/versions";
const SIZE = 10;
type Version = AnswerOf<typeof VERSIONS>["_embedded"]["eventVersionList"][number];

const CAUSES: Record<Version["cause"], string> = {
  METERED: "metered",
  ENRICHED: "another record of it came",
  RE_RATED: "rated anew",
  CORRECTED: "corrected by a file",
  VOIDED: "taken back",
  ERASED: "a person was erased",
  UNKNOWN: "what was before is forgotten",
};

/** The newest versions first; most calls have one. */
export function History({ id }: { id: string }) {
  const [page, turn] = useState(0);
  const asked = useAnswer(
    (signal) => get(VERSIONS, { places: { id }, query: { page, size: SIZE }, signal }),
    [id, page],
  );
  return (
    <Panel title="History">
      <Loaded of={asked}>
        {({ data }) => (
          <>
            <Table
              caption="Versions of the call"
              rows={rowsOf(data)}
              name={(row) => String(row.version)}
              columns={[
                { title: "Version", cell: (row) => <Count of={row.version} /> },
                { title: "When", cell: (row) => <When at={row.versionAt} /> },
                {
                  title: "Why",
                  cell: (row) => (
                    <>
                      {CAUSES[row.cause]}
                      {row.reason && <span class="quiet">: {row.reason}</span>}
                    </>
                  ),
                },
                {
                  title: "Cost",
                  numeric: true,
                  cell: (row) =>
                    row.totalCost === null ? <Unknown /> : <Money of={row.totalCost} />,
                },
                { title: "Price version", cell: (row) => row.priceVersion ?? "–" },
                { title: "What changed", cell: (row) => <Changes of={row} /> },
              ]}
            />
            {measure(pageOf(data)?.totalPages) > 1 && (
              <div class="pager" role="group" aria-label="Pages of versions">
                <button
                  type="button"
                  disabled={page === 0}
                  onClick={() =>
                    turn(page - 1)}
                >
                  Newer
                </button>
                <button
                  type="button"
                  disabled={page + 1 >= measure(pageOf(data)?.totalPages)}
                  onClick={() =>
                    turn(page + 1)}
                >
                  Older
                </button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Changes({ of }: { of: Version }) {
  if (!of.changes.length) return <span class="quiet">nothing</span>;
  return (
    <ul class="plainlist">
      {of.changes.map((each) => (
        <li key={each.field}>
          {each.attribute}: {each.previousValue ?? "none"} → {each.currentValue ?? "none"}
        </li>
      ))}
    </ul>
  );
}
