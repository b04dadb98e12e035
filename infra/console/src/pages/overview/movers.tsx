/** What moved the cost against the span before, in USD, and why. */

import { type AnswerOf, get } from "../../api/client.ts";
import { isZero, measure } from "../../api/figure.ts";
import { change, linkTo, type Route } from "../../router.ts";
import { Cost, Count, isUnknown, Percent, Signed, Things, Unknown } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import type { Span } from "../../window.ts";

const PATH = "/api/v2/movers";
/** Groups with their words, and the filter of the list of records that they stand for. */
const GROUPS: Record<string, [words: string, filter: string]> = {
  model: ["Model", "model"],
  agent: ["Agent", "agent"],
  product: ["Product", ""],
  customer: ["Customer", "organizationName"],
};
const EFFECTS = {
  volume: ["calls", "more or fewer calls, at their mean cost of before"],
  mix: ["mix", "calls that moved to dearer or cheaper models"],
  size: ["size", "more or fewer tokens a call"],
  price: ["price", "another cost a token: prices, output, caches, tiers"],
} as const;
type Mover = AnswerOf<typeof PATH>["movers"][number];
type Costs = Pick<
  Mover,
  "currentCost" | "previousCost" | "currentUnpricedCalls" | "previousUnpricedCalls"
>;

export function Movers({ span, route }: { span: Span; route: Route }) {
  const by = (route.query.get("moved") ?? "model") as "model";
  const asked = useAnswer(
    (signal) =>
      get(PATH, {
        query: { startDate: span.start, endDate: span.end, groupBy: by, size: 6 },
        signal,
      }),
    [span, by],
  );
  return (
    <Panel
      title="Top movers, and why"
      aside={
        <label>
          by{" "}
          <select value={by} onChange={(event) => change({ moved: event.currentTarget.value })}>
            {Object.entries(GROUPS).map(([group, [words]]) => (
              <option key={group} value={group}>{words}</option>
            ))}
          </select>
        </label>
      }
    >
      <Loaded of={asked}>
        {({ data }) =>
          data.movers.length
            ? (
              <>
                <p>
                  All calls: <Cost of={data.currentCost} unpriced={data.currentUnpricedCalls} />
                  {" "}
                  against <Cost of={data.previousCost} unpriced={data.previousUnpricedCalls} />{" "}
                  in the span before{!isDark(data) && (
                    <>
                      , <Signed of={data.change} />
                    </>
                  )}.
                </p>
                <MoverTable rows={data.movers} by={by} />
                {data.incompleteDays.length > 0 && (
                  <p class="bad">The lake misses something of {data.incompleteDays.join(", ")}.</p>
                )}
              </>
            )
            : (
              <Empty title="Nothing moved">
                There are no calls in this window or in the one before.
              </Empty>
            )}
      </Loaded>
    </Panel>
  );
}

function MoverTable({ rows, by }: { rows: Mover[]; by: string }) {
  const [words, filter] = GROUPS[by]!;
  return (
    <Table
      caption="What moved the cost, and why"
      rows={rows}
      name={(row) => row.groupName}
      columns={[
        {
          title: words,
          cell: (row) =>
            filter
              ? <a href={linkTo("records", "", { [filter]: row.groupName })}>{row.groupName}</a>
              : row.groupName,
        },
        {
          title: "Before",
          numeric: true,
          cell: (row) => <Cost of={row.previousCost} unpriced={row.previousUnpricedCalls} />,
        },
        {
          title: "Now",
          numeric: true,
          cell: (row) => <Cost of={row.currentCost} unpriced={row.currentUnpricedCalls} />,
        },
        {
          title: "Change",
          numeric: true,
          cell: (row) => (
            <>
              {isDark(row) ? <Unknown /> : <Signed of={row.change} />}
              {row.changePercent !== null && !isDark(row) && (
                <>
                  <br />
                  <span class="quiet">
                    <Percent of={row.changePercent} />
                  </span>
                </>
              )}
            </>
          ),
        },
        { title: "Because of", cell: (row) => <Effects of={row} /> },
      ]}
    />
  );
}

/** Whether nobody knows what calls cost in one of both spans: what has changed is not known then. */
function isDark(of: Costs): boolean {
  return isUnknown(of.previousCost, of.previousUnpricedCalls) ||
    isUnknown(of.currentCost, of.currentUnpricedCalls);
}

/** The parts of a change that are any, the largest first; they add up to it. */
function Effects({ of }: { of: Mover }) {
  const names = Object.keys(EFFECTS) as (keyof typeof EFFECTS)[];
  const parts = names.filter((name) => !isZero(of.effects[name]));
  parts.sort((one, other) =>
    Math.abs(measure(of.effects[other])) - Math.abs(measure(of.effects[one]))
  );
  const unpriced = measure(of.currentUnpricedCalls) + measure(of.previousUnpricedCalls) > 0;
  return (
    <ul class="plainlist">
      {parts.map((name) => (
        <li key={name} title={EFFECTS[name][1]}>
          {EFFECTS[name][0]} <Signed of={of.effects[name]} />
        </li>
      ))}
      {unpriced && (
        <li class="warn">
          without a cost: <Things of={of.previousUnpricedCalls} one="call" /> before,{" "}
          <Count of={of.currentUnpricedCalls} /> now
        </li>
      )}
    </ul>
  );
}
