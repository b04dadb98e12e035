/** The few figures that one looks at first. */

import { draw, type Drawn } from "../../api/charts.ts";
import { get } from "../../api/client.ts";
import type { Figure } from "../../api/figure.ts";
import { linkTo } from "../../router.ts";
import type { ComponentChildren } from "preact";
import { Coverage } from "../../ui/coverage.tsx";
import { isUnknown, Money, Share, Unknown, When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { type Span, startOfDay, startOfMonth } from "../../window.ts";

/** All tiles end when the window does, so that they agree with what stands below them. */
export function Tiles({ span }: { span: Span }) {
  const end = new Date(span.end);
  // The window may end where a day or a month does: what is told is of the day before that.
  const last = new Date(end.getTime() - 1);
  const today = { start: startOfDay(last).toISOString(), end: span.end, name: "" };
  const month = { start: startOfMonth(last).toISOString(), end: span.end, name: "" };
  const former = { start: startOfMonth(last, 1).toISOString(), end: month.start, name: "" };
  return (
    <div class="tiles">
      <Spent title={`Spent in the window (${span.name})`} span={span} before="span before" />
      <Spent title="On its last day (UTC)" span={today} before="as long before" />
      <Spent title="In its month so far (UTC)" span={month} />
      <Spent title="In the whole month before" span={former} />
      <Budget />
    </div>
  );
}

function Tile({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="tile">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Spent({ title, span, before }: { title: string; span: Span; before?: string }) {
  const asked = useAnswer(
    (signal) => draw({ span, compare: before !== undefined }, signal),
    [span.start, span.end],
  );
  return (
    <Tile title={title}>
      <Loaded of={asked}>
        {(drawn) => (
          <>
            <p class="figure">
              <Money of={drawn.total} />
            </p>
            {before && (
              <p class="quiet">
                {before}: <Money of={formerOf(drawn)} />
              </p>
            )}
            <Coverage headers={drawn.headers} compared={before !== undefined} />
          </>
        )}
      </Loaded>
    </Tile>
  );
}

/** The figure of the span before, which has as many calls as there are. */
function formerOf(drawn: Drawn): Figure | null {
  return drawn.data.series.find((series) => series.before)?.values[0] ?? null;
}

function Budget() {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/ai/alerts/budgets/portfolio", {
        query: { includeTrend: true, size: 1 },
        signal,
      }),
    [],
  );
  return (
    <Tile title="Budget and forecast">
      <Loaded of={asked}>
        {({ data }) => {
          const budget = data._embedded?.budgetPortfolioItemResourceList?.[0];
          if (!budget) {
            return (
              <p>
                No budget alert yet. <a href={linkTo("budgets")}>Make one</a>{" "}
                to see when it will be gone.
              </p>
            );
          }
          const isDark = isUnknown(budget.currentValue, budget.unpricedCount);
          return (
            <>
              <p class="figure">
                {isDark ? <Unknown /> : <Share of={budget.percentUsed} />}
              </p>
              <p class="quiet">
                of <Money of={budget.threshold} /> used:{" "}
                <a href={linkTo("budgets")}>{budget.name}</a>
              </p>
              {budget.forecast && !isDark && (
                <p class="quiet">
                  straight on: <Money of={budget.forecast.endValue} /> by{" "}
                  <When at={budget.window.endExpected} date />
                  {budget.forecast.exhaustedOn && (
                    <>
                      , gone on <When at={budget.forecast.exhaustedOn} date />
                    </>
                  )}
                </p>
              )}
            </>
          );
        }}
      </Loaded>
    </Tile>
  );
}
