/** What is left of revenue after cost, in USD: what loses money first. */

import { type AnswerOf, get, pageOf } from "../../api/client.ts";
import { type Figure, isZero, measure } from "../../api/figure.ts";
import { linkTo, type Route } from "../../router.ts";
import { Coverage } from "../../ui/coverage.tsx";
import { Cost, Count, isUnknown, Money, Percent, Unknown } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";
import type { Span } from "../../window.ts";

const REPORTS = {
  "profit-per-customer": { title: "Customer", filter: "organizationName", page: "page" },
  "profit-per-product": { title: "Product", filter: "", page: "products" },
} as const;
const SIZE = 25;
type Report = keyof typeof REPORTS;
type Row = AnswerOf<"/api/v2/analytics/profit-per-customer">["_embedded"]["items"][number];

/** The metrics of a row, in the order in which the report tells them. */
function figuresOf(row: Row) {
  const [profit, revenue, cost, margin] = row.metrics;
  return { profit, revenue, cost, margin };
}

/** Whether nobody knows one side of a profit, and so nobody knows it. */
function isDark(row: Row): boolean {
  const { revenue, cost } = figuresOf(row);
  return isUnknown(revenue?.metricResult, revenue?.unpricedCount) ||
    isUnknown(cost?.metricResult, cost?.unpricedCount);
}

export function Profits(
  { report, span, route }: { report: Report; span: Span; route: Route },
) {
  const { title, filter, page: parameter } = REPORTS[report];
  const page = Number(route.query.get(parameter) ?? "0");
  const asked = useAnswer(
    (signal) =>
      get(`/api/v2/analytics/${report}`, {
        query: { startDate: span.start, endDate: span.end, size: SIZE, page },
        signal,
      }),
    [span, page],
  );
  return (
    <Panel title={`Profit by ${title.toLowerCase()}, losses first`}>
      <Loaded of={asked}>
        {({ data, headers }) =>
          data._embedded.items.length
            ? (
              <>
                <ProfitTable title={title} rows={data._embedded.items} filter={filter} />
                <Pager page={pageOf(data)} parameter={parameter} />
                <Coverage headers={headers} />
                <Unassigned headers={headers} title={title} />
              </>
            )
            : (
              <Empty title={`No ${title.toLowerCase()}s in this window`}>
                Calls name them by{" "}
                <code>{title === "Customer" ? "organizationName" : "productName"}</code>; revenue
                comes from subscriptions.
              </Empty>
            )}
      </Loaded>
    </Panel>
  );
}

function ProfitTable({ title, rows, filter }: { title: string; rows: Row[]; filter: string }) {
  return (
    <Table
      caption={`Profit, revenue and cost by ${title.toLowerCase()}`}
      rows={rows}
      name={(row) => row.groupName ?? ""}
      columns={[
        {
          title,
          cell: (row) =>
            filter
              ? (
                <a href={linkTo("records", "", { [filter]: row.groupName ?? "" })}>
                  {row.groupName}
                </a>
              )
              : row.groupName,
        },
        {
          title: "Revenue",
          numeric: true,
          cell: (row) => {
            const { revenue } = figuresOf(row);
            return <Cost of={revenue?.metricResult} unpriced={revenue?.unpricedCount} />;
          },
        },
        {
          title: "Cost",
          numeric: true,
          cell: (row) => {
            const { cost } = figuresOf(row);
            return <Cost of={cost?.metricResult} unpriced={cost?.unpricedCount} />;
          },
        },
        {
          title: "Profit",
          numeric: true,
          cell: (row) => {
            const { profit } = figuresOf(row);
            if (isDark(row)) return <Unknown />;
            return (
              <span class={measure(profit?.metricResult) < 0 ? "bad" : ""}>
                <Money of={profit?.metricResult} />
              </span>
            );
          },
        },
        {
          title: "Margin, % of revenue",
          numeric: true,
          cell: (row) => {
            const { margin, revenue } = figuresOf(row);
            if (isDark(row)) return <Unknown />;
            if (isZero(revenue?.metricResult)) return <span class="quiet">no revenue</span>;
            return (
              <span class={measure(margin?.metricResult) < 0 ? "bad" : ""}>
                <Percent of={margin?.metricResult} />
              </span>
            );
          },
        },
        {
          title: "Calls without a price",
          numeric: true,
          cell: (row) => {
            const { cost } = figuresOf(row);
            return (
              <span class={measure(cost?.unpricedCount) > 0 ? "warn" : ""}>
                {measure(cost?.unpricedCount) > 0 ? <Count of={cost!.unpricedCount} /> : "0"}
              </span>
            );
          },
        },
      ]}
    />
  );
}

/** What stands in nobody's profit. */
function Unassigned({ headers, title }: { headers: Headers; title: string }) {
  const calls = headers.get("X-Meterlake-Unassigned-Calls"),
    cost = headers.get("X-Meterlake-Unassigned-Cost"),
    revenue = headers.get("X-Meterlake-Unassigned-Revenue");
  if ((!calls || calls.startsWith("0/")) && !revenue) return null;
  return (
    <p class="warn">
      Without a {title.toLowerCase()}: {calls?.replace("/", " of ")} calls of{" "}
      <Money of={cost as Figure | null} />
      {revenue && (
        <>
          , and earnings of <Money of={revenue as Figure} />
        </>
      )}: in no named profit above.
    </p>
  );
}
