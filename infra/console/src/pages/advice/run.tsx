/** One run: its advice, and what people did about it. */

import { get } from "../../api/client.ts";
import type { Figure } from "../../api/figure.ts";
import { Count, Money, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Facts, Table } from "../../ui/table.tsx";
import { Advised } from "./advised.tsx";

const PATH = "/api/v2/insights/runs/{runId}";

export type Told = Awaited<ReturnType<typeof get<typeof PATH>>>["data"];

export function Run({ id }: { id: string }) {
  const asked = useAnswer((signal) => get(PATH, { places: { runId: id }, signal }), [id]);
  return (
    <Loaded of={asked}>
      {({ data }) => {
        const advice = data.parsedRecommendations ?? [];
        return (
          <>
            <Panel title="This run">
              <Facts
                of={[
                  [
                    "Looked at",
                    (
                      <>
                        <When at={data.periodStart} date /> to <When at={data.periodEnd} date />
                      </>
                    ),
                  ],
                  ["Spend looked at", <Money of={data.analyzedCostUsd} />],
                  ["Left out, flat plans", <Money of={data.excludedCodingAssistantCostUsd} />],
                  ["Findings", <Count of={data.findingsCount} />],
                ]}
              />
              <p class="quiet">{data.analyzedSegmentStatement}</p>
              {(data.failedInvestigators ?? []).length > 0 && (
                <p class="warn">Not answered: {data.failedInvestigators!.join(", ")}</p>
              )}
              {data.findingsTruncated && <p class="warn">Not all findings were kept.</p>}
              {data.statusMessage && <p class="quiet">{data.statusMessage}</p>}
            </Panel>
            <Panel title="Advice, worth the most first">
              {advice.length
                ? (
                  <ol class="plainlist">
                    {advice.map((each) => (
                      <Advised key={each.id} of={each} run={data} done={asked.again} />
                    ))}
                  </ol>
                )
                : (
                  <Empty title="Nothing to advise">
                    The rules found nothing in these days that is worth a dollar a month.
                  </Empty>
                )}
            </Panel>
            <Done run={data} />
          </>
        );
      }}
    </Loaded>
  );
}

/** What was done, and what it has saved: as people told it, each for itself. */
function Done({ run }: { run: Told }) {
  if (!run.feedback.length) return null;
  const titles = new Map((run.parsedRecommendations ?? []).map((each) => [each.id, each.title]));
  return (
    <Panel title="What was done about it">
      <Table
        caption="Feedback"
        rows={run.feedback}
        name={(row) => row.id}
        columns={[
          { title: "Told", cell: (row) => <When at={row.created} /> },
          {
            title: "Advice",
            cell: (row) => titles.get(row.recommendationId) ?? row.recommendationId,
          },
          { title: "What", cell: (row) => row.action.replaceAll("_", " ") },
          { title: "Because", cell: (row) => row.dismissalReason || "–" },
          {
            title: "Saved",
            numeric: true,
            cell: (row) =>
              Number(row.realizedSavings)
                ? (
                  <Money
                    of={row.realizedSavings as Figure}
                    currency={row.realizedSavingsCurrency}
                  />
                )
                : "–",
          },
          { title: "By", cell: (row) => row.actorUserId || row.actorApiKeyHint },
        ]}
      />
    </Panel>
  );
}
