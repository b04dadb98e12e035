/** Seats of coding assistants, and what a merged pull request cost. */

import { get } from "../../api/client.ts";
import type { Figure } from "../../api/figure.ts";
import { Count, Money, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Facts, Table } from "../../ui/table.tsx";
import { daysOf, type Span } from "../../window.ts";

const SEATS = "/profitstream/v2/api/billing/seats";
const PULLS = "/profitstream/v2/api/billing/users/github-prs";
const MOST_DAYS = 92;
const DAY_MS = 86_400_000;

export function Assistants({ span }: { span: Span }) {
  return (
    <>
      <Seats span={span} />
      <PullRequests span={span} />
    </>
  );
}

/** An amount that the contract lets be a number or nothing. */
const money = (of: unknown) => <Money of={of as Figure | null | undefined} />;

function Seats({ span }: { span: Span }) {
  const { startDate, endDate } = daysOf(span);
  const tooLong = Date.parse(endDate) - Date.parse(startDate) >= MOST_DAYS * DAY_MS;
  if (tooLong) {
    return (
      <Panel title="Seats">
        <Empty title="The window is too long">Seats are told for 92 days at most.</Empty>
      </Panel>
    );
  }
  return <SeatsOf from={startDate} to={endDate} />;
}

function SeatsOf({ from, to }: { from: string; to: string }) {
  const asked = useAnswer(
    (signal) => get(SEATS, { query: { fromDate: from, toDate: to }, signal }),
    [from, to],
  );
  return (
    <Panel title="Seats">
      <Loaded of={asked}>
        {({ data }) =>
          data.assistants.length
            ? (
              <Table
                caption="Seats by assistant"
                rows={data.assistants}
                name={(row) => row.provider}
                columns={[
                  { title: "Assistant", cell: (row) => row.provider },
                  { title: "Seats", numeric: true, cell: (row) => <Count of={row.seats} /> },
                  { title: "Used", numeric: true, cell: (row) => <Count of={row.seatsUsed} /> },
                  { title: "Unused", numeric: true, cell: (row) => <Count of={row.seatsUnused} /> },
                  {
                    title: "People without one",
                    numeric: true,
                    cell: (row) => <Count of={row.peopleWithoutSeat} />,
                  },
                  { title: "A month", numeric: true, cell: (row) => money(row.monthlySeatCost) },
                  {
                    title: "For unused ones",
                    numeric: true,
                    cell: (row) => money(row.monthlyCostOfUnusedSeats),
                  },
                ]}
              />
            )
            : (
              <Empty title="No seats, and nobody who uses one">
                Tell what is paid by the seat:{" "}
                <code>PUT /profitstream/v2/api/coding-assistant/subscriptions/…</code>, see
                docs/assistants.md.
              </Empty>
            )}
      </Loaded>
    </Panel>
  );
}

function PullRequests({ span }: { span: Span }) {
  const { startDate, endDate } = daysOf(span);
  const asked = useAnswer(
    (signal) => get(PULLS, { query: { startDate, endDate, includeCosts: true }, signal }),
    [startDate, endDate],
  );
  return (
    <Panel title="Merged pull requests">
      <Loaded of={asked}>
        {({ data }) => {
          if (!data.syncScope.connected) {
            return (
              <Empty title="GitHub is not connected">
                <code>POST /profitstream/v2/api/integration-credentials</code>{" "}
                takes a token that may read pull requests, see docs/assistants.md.
              </Empty>
            );
          }
          const costs = data.costs;
          return (
            <>
              <Facts
                of={[
                  ["Merged", <Count of={data.totalPrsMerged} />],
                  ["With a coding tool", <Count of={data.totalPrsMergedWithCodingTool} />],
                  ["Seats", money(costs?.seatCost)],
                  ["By use", money(costs?.usageCost)],
                  ["A merged one cost", money(costs?.costPerMergedPr)],
                  ["One with a tool cost", money(costs?.costPerMergedPrWithCodingTool)],
                  ["Calls without a price", <Count of={costs?.unpricedCalls} />],
                  ["Calls that seats cover", <Count of={costs?.flatPlanCalls} />],
                  ["Told since", <When at={data.historyStartDate} date />],
                ]}
              />
              {(data.members ?? []).length > 0 && (
                <Table
                  caption="Merged pull requests by login"
                  rows={data.members ?? []}
                  name={(row) => row.platformLogin ?? ""}
                  columns={[
                    { title: "Login", cell: (row) => row.platformLogin ?? "has left GitHub" },
                    { title: "Person", cell: (row) => row.mappedEmail ?? "–" },
                    { title: "Merged", numeric: true, cell: (row) => <Count of={row.prsMerged} /> },
                    {
                      title: "With a coding tool",
                      numeric: true,
                      cell: (row) => <Count of={row.prsMergedWithCodingTool} />,
                    },
                  ]}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
