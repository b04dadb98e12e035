/** How much of what providers billed was metered. */

import { useState } from "preact/hooks";
import { type AnswerOf, get } from "../../api/client.ts";
import { type Figure, measure } from "../../api/figure.ts";
import { linkTo, type Route } from "../../router.ts";
import { Cost, isUnknown, Money, Share, When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Code, Panel } from "../../ui/panel.tsx";
import { Facts, Table } from "../../ui/table.tsx";
import { daysOf, type Span } from "../../window.ts";
import { commandOf, lower, NoBill } from "./words.tsx";

const PATH = "/profitstream/v2/api/billing/coverage";
const ALL = 100;
const WHOLE = "full-window";

type Row = NonNullable<AnswerOf<typeof PATH>["byProvider"]>[number];

/** What was metered over what was billed; where no call has a known price nobody knows it. */
function ratioOf(row: Row): Figure | null {
  return isUnknown(row.metered, row.unpricedCalls) ? null : row.ratio ?? null;
}

/** Calls without a known price of one of some providers; none where all have one. */
function findUnpriced(rows: Row[]): Figure | null | undefined {
  return rows.find((row) => measure(row.unpricedCalls) > 0)?.unpricedCalls;
}

/** A ratio that nobody knows is not 0. */
function Ratio({ of }: { of: Figure | null | undefined }) {
  return of === null || of === undefined
    ? <span class="unknown" title="cannot be compared; never counted as 0">not known</span>
    : <Share of={of} />;
}

export function CoverageOfBills({ route, span }: { route: Route; span: Span }) {
  const [curl, showCurl] = useState(false);
  const provider = route.query.get("provider");
  const asks = { ...daysOf(span), ...(provider ? { provider } : {}) };
  const asked = useAnswer((signal) => get(PATH, { query: asks as never, signal }), [
    JSON.stringify(asks),
  ]);
  return (
    <Panel
      title="Coverage: how much of the bills was metered"
      aside={
        <div class="tabs" role="group" aria-label="Coverage: shown as">
          <button type="button" aria-pressed={!curl} onClick={() => showCurl(false)}>Table</button>
          <button type="button" aria-pressed={curl} onClick={() => showCurl(true)}>curl</button>
        </div>
      }
    >
      {curl ? <Code text={commandOf(PATH, asks)} /> : (
        <Loaded of={asked}>
          {({ data }) => {
            const rows = data.byProvider ?? [];
            const compared = findUnpriced(rows.filter((row) => row.comparisonState));
            const outside = findUnpriced(rows.filter((row) => row.comparisonState !== WHOLE));
            if (data.state === "NO_INTEGRATION") {
              return <NoBill title="Nothing to compare with: no bill is known" />;
            }
            return (
              <>
                <Facts
                  of={[
                    [
                      "Metered over billed",
                      <Ratio
                        of={isUnknown(data.meteredTotalInComparison, compared)
                          ? null
                          : data.aggregateRatio}
                      />,
                    ],
                    [
                      "Billed before credits and not metered, taxes and fees too",
                      <Money of={data.hiddenSpend} />,
                    ],
                    [
                      "Metered where no bill is known",
                      (
                        <Cost of={data.meteredTotalOutsideComparison} unpriced={outside} />
                      ),
                    ],
                    ["Calls since", <When at={data.earliestMeteredAt} date />],
                  ]}
                />
                {data.aggregateRatioUnavailableReason && (
                  <p class="warn">Not known: {lower(data.aggregateRatioUnavailableReason)}</p>
                )}
                {rows.length > 0 && (
                  <Table
                    caption="Coverage by provider"
                    rows={rows}
                    name={(row) => row.provider ?? ""}
                    columns={[
                      { title: "Provider", cell: (row) => row.label ?? row.provider },
                      {
                        title: "Metered",
                        numeric: true,
                        cell: (row) => <Cost of={row.metered} unpriced={row.unpricedCalls} />,
                      },
                      {
                        title: "Billed before credits",
                        numeric: true,
                        cell: (row) => <Money of={row.billing} />,
                      },
                      {
                        title: "Coverage",
                        cell: (row) => (
                          <>
                            <Ratio of={ratioOf(row)} />
                            {ratioOf(row) && (
                              <svg class="meter" aria-hidden="true">
                                <rect class="track" width="100%" height="10" rx="5" />
                                <rect
                                  class="ok"
                                  width={`${Math.min(ALL, measure(ratioOf(row)) * ALL)}%`}
                                  height="10"
                                  rx="5"
                                />
                              </svg>
                            )}
                          </>
                        ),
                      },
                      {
                        title: "Days compared",
                        cell: (row) =>
                          row.comparisonStartDate
                            ? (
                              <>
                                <When at={row.comparisonStartDate} date /> –{" "}
                                <When at={row.comparisonEndDate} date />
                              </>
                            )
                            : lower(row.comparisonState).replace(
                              "no-overlap",
                              "no day in common",
                            ) ||
                              "none",
                      },
                    ]}
                  />
                )}
                <p class="quiet">
                  Metered is what calls cost whose price is known;{" "}
                  <a href={linkTo("models", "unpriced")}>those without one</a>{" "}
                  are in no figure here.
                </p>
                {data.codingAssistantUsagePresent && (
                  <p class="quiet">Calls of coding assistants under a flat plan are left out.</p>
                )}
              </>
            );
          }}
        </Loaded>
      )}
    </Panel>
  );
}
