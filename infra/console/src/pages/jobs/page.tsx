/** What agents were asked to do, what came of it, and whether it paid. */

import { type AnswerOf, get, pageOf, rowsOf } from "../../api/client.ts";
import { type Figure, isZero, measure } from "../../api/figure.ts";
import { change, linkTo } from "../../router.ts";
import { Bars } from "../../ui/chart/bars.tsx";
import {
  Cost,
  Count,
  Divided,
  isUnknown,
  Money,
  None,
  Percent,
  Share,
  Unknown,
  When,
} from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";
import type { Span } from "../../window.ts";
import { Job } from "./job.tsx";

const ROI = "/api/v2/analytics/jobs/roi-summary";

export default function Jobs(properties: PageProperties) {
  return properties.route.id ? <Job id={properties.route.id} /> : <AllJobs {...properties} />;
}

function AllJobs({ route, span }: PageProperties) {
  return (
    <>
      <Head
        title="Jobs and ROI"
        lead="A job is whatever an agent was asked to do. Its cost holds all failed attempts; its value is what its outcome says."
      />
      <div class="split">
        <Funnel span={span} />
        <ByType span={span} />
      </div>
      <List route={route} span={span} />
    </>
  );
}

function Funnel({ span }: { span: Span }) {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/jobs/conversion-funnel", {
        query: { startDate: span.start, endDate: span.end },
        signal,
      }),
    [span],
  );
  return (
    <Panel title="Funnel">
      <Loaded of={asked}>
        {({ data }) => {
          const bar = (name: string, value: Figure | null | undefined) => ({
            name,
            value: value ?? null,
          });
          return (
            <>
              <Bars
                label="Jobs by what came of them"
                unit="count"
                bars={[
                  bar("Jobs", data.totalJobs),
                  bar("Succeeded", data.successfulJobs),
                  bar("Converted", data.convertedJobs),
                  bar("Deflected", data.deflectedJobs),
                  bar("Escalated", data.escalatedJobs),
                ]}
              />
              <p class="quiet">
                Succeeded of all jobs:{" "}
                <Divided by={[data.totalJobs]}>
                  <Share of={data.successRate} />
                </Divided>; converted of those that succeeded:{" "}
                <Divided by={[data.successfulJobs]}>
                  <Share of={data.conversionRate} />
                </Divided>
              </p>
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function ByType({ span }: { span: Span }) {
  const asked = useAnswer(
    (signal) =>
      get(ROI, {
        query: { startDate: span.start, endDate: span.end },
        signal,
      }),
    [span],
  );
  return (
    <Panel title="By type">
      <Loaded of={asked}>
        {({ data }) =>
          data.byJobType.length
            ? (
              <Table
                caption="ROI by type of job"
                rows={data.byJobType}
                name={(row) => row.jobType ?? ""}
                columns={[
                  {
                    title: "Type",
                    cell: (row) => (
                      <a href={linkTo("jobs", "", { type: row.jobType ?? "" })}>{row.jobType}</a>
                    ),
                  },
                  { title: "Jobs", numeric: true, cell: (row) => <Count of={row.totalJobs} /> },
                  {
                    title: "Succeeded",
                    numeric: true,
                    cell: (row) => (
                      <Divided by={[row.completedJobs]}>
                        <Share of={row.successRate} />
                      </Divided>
                    ),
                  },
                  { title: "Value", numeric: true, cell: (row) => <Value of={row} /> },
                  {
                    title: "Cost",
                    numeric: true,
                    cell: (row) => <Cost of={row.totalCost} unpriced={row.unpricedCount} />,
                  },
                  {
                    title: "Per outcome",
                    numeric: true,
                    cell: (row) => (
                      <Divided by={[row.conversions, row.deflections]}>
                        {isUnknown(row.totalCost, row.unpricedCount)
                          ? <Unknown />
                          : <Money of={row.costPerOutcome} />}
                      </Divided>
                    ),
                  },
                  { title: "ROI", numeric: true, cell: (row) => <Roi of={row} /> },
                  {
                    title: "Unpriced",
                    numeric: true,
                    cell: (row) => (
                      <span class={measure(row.unpricedCount) ? "warn" : ""}>
                        <Count of={row.unpricedCount} />
                      </span>
                    ),
                  },
                ]}
              />
            )
            : (
              <Empty title="No jobs in this window">
                Calls name a job by <code>agenticJobId</code>; its outcome is told once.
              </Empty>
            )}
      </Loaded>
    </Panel>
  );
}

type Type = AnswerOf<typeof ROI>["byJobType"][number];

/** Whether somebody has told what came of any of these jobs. */
function isTold(of: Type): boolean {
  return measure(of.completedJobs) > 0 || !isZero(of.totalValue);
}

/** What outcomes are worth: of jobs without any it is not 0, and neither is what has no rate. */
function Value({ of }: { of: Type }) {
  if (isUnknown(of.totalValue, of.otherCurrencyOutcomes)) return <Unknown />;
  return isTold(of) ? <Money of={of.totalValue} /> : <None />;
}

function Roi({ of }: { of: Type }) {
  const isDark = isUnknown(of.totalCost, of.unpricedCount) ||
    isUnknown(of.totalValue, of.otherCurrencyOutcomes);
  if (isDark) return <Unknown />;
  return (
    <Divided by={isTold(of) ? [of.totalCost] : []}>
      <Percent of={of.roi} />
    </Divided>
  );
}

function List({ route, span }: PageProperties) {
  const asks = ["type", "search", "outcomeType", "page", "sort"];
  const query: Record<string, string> = { startDate: span.start, endDate: span.end, size: "25" };
  for (const name of asks) if (route.query.get(name)) query[name] = route.query.get(name)!;
  const asked = useAnswer(
    (signal) => get("/profitstream/v2/api/jobs", { query: query as never, signal }),
    [JSON.stringify(query)],
  );
  const types = useAnswer((signal) => get("/profitstream/v2/api/jobs/types", { signal }), []);
  const choose = (name: string) => (event: Event) =>
    change({ [name]: (event.currentTarget as HTMLInputElement).value, page: "" });
  return (
    <Panel title="Jobs">
      <div class="filters">
        <label>
          Search<input type="search" value={query.search ?? ""} onChange={choose("search")} />
        </label>
        <label>
          Type
          <select value={query.type ?? ""} onChange={choose("type")}>
            <option value="">all</option>
            {(types.value?.data ?? []).map((each) => <option key={each} value={each}>{each}
            </option>)}
          </select>
        </label>
        <label>
          Outcome
          <select value={query.outcomeType ?? ""} onChange={choose("outcomeType")}>
            {["", "CONVERTED", "DEFLECTED", "ESCALATED", "UNSUCCESSFUL", "CUSTOM", "PENDING"].map((
              each,
            ) => <option key={each} value={each}>{each.toLowerCase() || "all"}</option>)}
          </select>
        </label>
      </div>
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No job matches">Choose a longer window, or take a filter away.</Empty>
            );
          }
          return (
            <>
              <Table
                caption="Jobs"
                rows={rows}
                name={(row) => row.id}
                sort={query.sort ?? "created,desc"}
                columns={[
                  {
                    title: "Begun",
                    sort: "created",
                    cell: (row) => (
                      <span class="nowrap">
                        <When at={row.created} />
                      </span>
                    ),
                  },
                  {
                    title: "Job",
                    cell: (row) => <a href={linkTo("jobs", row.agenticJobId)}>{row.label}</a>,
                  },
                  { title: "Type", cell: (row) => row.type ?? "–" },
                  {
                    title: "Outcome",
                    cell: (row) =>
                      (row.outcomeType ?? row.executionStatus ?? "none yet").toLowerCase(),
                  },
                  {
                    title: "Value",
                    numeric: true,
                    cell: (row) =>
                      row.outcomeValue
                        ? <Money of={row.outcomeValue} currency={row.outcomeCurrency ?? "USD"} />
                        : "–",
                  },
                  {
                    title: "Calls",
                    numeric: true,
                    cell: (row) => <Count of={row.transactionCount} />,
                  },
                  {
                    title: "Unpriced",
                    numeric: true,
                    cell: (row) => <Count of={row.unpricedCount} />,
                  },
                  {
                    title: "Cost",
                    numeric: true,
                    cell: (row) => <Cost of={row.totalCost} unpriced={row.unpricedCount} />,
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
