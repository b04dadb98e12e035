/** The reconciliation statement: from metered to billed, part by part. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { addressOf, get } from "../../api/client.ts";
import type { Figure } from "../../api/figure.ts";
import { isZero } from "../../api/figure.ts";
import { change, linkTo, type Route } from "../../router.ts";
import { session } from "../../session.ts";
import type { Step } from "../../ui/chart/steps.ts";
import { Steps } from "../../ui/chart/steps.tsx";
import { Cost, Count, Money, Signed, Things } from "../../ui/figures.tsx";
import { Failed, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Code, download, Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";
import { daysOf, type Span } from "../../window.ts";
import { commandOf, lower, NoBill } from "./words.tsx";

const PATH = "/api/v2/reconciliation";
const ROWS = 25;
const BILLED = "Billed after credits";

type Told = Awaited<ReturnType<typeof get<typeof PATH>>>["data"];
type Sums = Pick<Told, "metered" | "billed" | "parts" | "meteredCalls" | "unpricedCalls">;
type Part = Told["parts"][number];

/** What is given as children stands between the sums and the rows. */
export function Statement(
  { route, span, children }: { route: Route; span: Span; children: ComponentChildren },
) {
  const provider = route.query.get("provider") ?? "", page = route.query.get("page") ?? "0";
  const asks = { ...daysOf(span), ...(provider ? { provider } : {}) };
  const asked = useAnswer(
    (signal) => get(PATH, { query: { ...asks, size: ROWS, page } as never, signal }),
    [JSON.stringify(asks), page],
  );
  return (
    <Loaded of={asked}>
      {({ data }) => (
        <>
          <Sum data={data} asks={asks} provider={provider} />
          <Providers data={data} provider={provider} />
          {children}
          <Rows data={data} />
        </>
      )}
    </Loaded>
  );
}

/** All of it, as steps or as a command; the whole as CSV. */
function Sum({ data, asks, provider }: { data: Told; asks: object; provider: string }) {
  const [curl, showCurl] = useState(false);
  const [error, fail] = useState<Error>();
  const title = provider ? `From metered to billed: ${provider}` : "From metered to billed";
  const save = () =>
    readCsv(asks).then(
      (text) => download(`reconciliation-${data.startDate}-${data.endDate}.csv`, text),
      fail,
    );
  return (
    <Panel
      title={title}
      aside={
        <div class="tabs" role="group" aria-label={`${title}: shown as`}>
          <button type="button" aria-pressed={!curl} onClick={() => showCurl(false)}>
            Picture
          </button>
          <button type="button" aria-pressed={curl} onClick={() => showCurl(true)}>curl</button>
          <button type="button" onClick={save}>CSV</button>
        </div>
      }
    >
      {error && <Failed error={error} />}
      {curl
        ? (
          <>
            <Code text={commandOf(PATH, asks)} />
            <p class="quiet">
              With <code>-H 'Accept: text/csv'</code> it answers all rows as CSV.
            </p>
          </>
        )
        : data.providers.length
        ? <Sums of={data} label={title} />
        : <NoBill title="No bill of these days is known" />}
      <LeftOut data={data} />
    </Panel>
  );
}

/** CSV is the same operation, asked for in another language. */
async function readCsv(asks: object): Promise<string> {
  const answer = await fetch(addressOf(PATH, { teamId: session.team, ...asks }), {
    headers: { "x-api-key": session.key, Accept: "text/csv" },
  });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return await answer.text();
}

function Sums({ of, label }: { of: Sums; label: string }) {
  const parts = new Map(of.parts.map((part) => [lower(part.kind), part]));
  const steps: Step[] = [
    { name: "Metered", value: of.metered, total: true },
    ...of.parts.filter((part) => !isZero(part.amount))
      .map((part) => ({ name: lower(part.kind), value: part.amount })),
    { name: BILLED, value: of.billed, total: true },
  ];
  const words = ({ name, total }: Step) => {
    if (!total) return <Rule of={parts.get(name)} />;
    if (name === BILLED) return "what is to be paid: after discounts and credits, taxes among it";
    return (
      <>
        what calls cost by our price list
        {!isZero(of.unpricedCalls) && (
          <>
            ; <Count of={of.unpricedCalls} /> of <Things of={of.meteredCalls} one="call" />{" "}
            without a known price
          </>
        )}
      </>
    );
  };
  return <Steps steps={steps} label={label} words={words} />;
}

/** What a part is, and of how many calls. */
function Rule({ of }: { of: Part | undefined }) {
  return (
    <>
      {of?.rule}
      {of?.doubled && <Doubled of={of.doubled} />}
    </>
  );
}

/** How many calls look metered twice; of a sum none are named. */
function Doubled({ of }: { of: NonNullable<Part["doubled"]> }) {
  const named = of.some.map((each) => `${each.eventId} repeats ${each.repeats}`).join("\n");
  return (
    <span class="quiet" {...(named ? { title: named } : {})}>
      , <Things of={of.calls} one="call looks" many="calls look" /> so
    </span>
  );
}

/** What stands in no figure above, and what may still change. */
function LeftOut({ data }: { data: Told }) {
  const without = Object.entries(data.callsWithoutBill);
  const flat = Object.entries(data.flatPlanCalls) as [string, Figure][];
  return (
    <div class="coverage">
      <span>
        UTC days {data.startDate} to {data.endDate}
      </span>
      {data.providers.length > 0 && (
        <span class={data.withinThreshold ? "" : "warn"}>
          unexplained: <Signed of={data.unexplained} />
          {!data.withinThreshold && ", more than a percent of the bill"}
        </span>
      )}
      {without.map(([name, { calls, unpricedCalls }]) => (
        <span key={name} class="warn">
          metered without a bill, left out: {name} <Money of={data.meteredWithoutBill[name]} /> of
          {" "}
          <Things of={calls} one="call" />
          {!isZero(unpricedCalls) && (
            <>
              , <Count of={unpricedCalls} /> without a known price
            </>
          )}
        </span>
      ))}
      {flat.map(([name, calls]) => (
        <span key={name}>
          flat plan, left out: <Things of={calls} one="call" /> of {name}
        </span>
      ))}
      {!isZero(data.unconvertedLines) && (
        <span class="warn">
          left out: <Things of={data.unconvertedLines} one="line" />{" "}
          in a currency without an exchange rate
        </span>
      )}
      {data.unsettledDays.length > 0 && (
        <span>not settled yet: {data.unsettledDays.join(", ")}</span>
      )}
      {data.incompleteDays.length > 0 && (
        <span class="bad">the lake misses something of {data.incompleteDays.join(", ")}</span>
      )}
    </div>
  );
}

function Providers({ data, provider }: { data: Told; provider: string }) {
  if (!data.providers.length) return null;
  return (
    <Panel
      title="By provider"
      aside={provider &&
        (
          <button type="button" onClick={() => change({ provider: "", page: "" })}>
            All providers
          </button>
        )}
    >
      <Table
        caption="Metered and billed by provider"
        rows={data.providers}
        name={(row) => row.provider}
        columns={[
          {
            title: "Provider",
            cell: (row) => (
              <button
                type="button"
                class="link"
                onClick={() => change({ provider: row.provider, page: "" })}
              >
                {row.provider}
              </button>
            ),
          },
          { title: "Metered", numeric: true, cell: (row) => <Money of={row.metered} /> },
          {
            title: "Billed after credits",
            numeric: true,
            cell: (row) => <Money of={row.billed} />,
          },
          { title: "Difference", numeric: true, cell: (row) => <Signed of={row.difference} /> },
          { title: "Unexplained", numeric: true, cell: (row) => <Signed of={row.unexplained} /> },
        ]}
      />
    </Panel>
  );
}

function Rows({ data }: { data: Told }) {
  if (!data.rows.length) return null;
  return (
    <Panel title="By UTC day and model">
      <Table
        caption="Metered and billed by day and model"
        rows={data.rows}
        name={(row) => [row.provider, row.date, row.model].join("/")}
        columns={[
          {
            title: "Day",
            cell: (row) => (
              <span class="nowrap">
                {row.date}
                {!row.settled && <span class="quiet">, not settled</span>}
              </span>
            ),
          },
          {
            title: "Model",
            cell: (row) => (
              <>
                {row.model || "no model"} <span class="quiet">{row.provider}</span>
              </>
            ),
          },
          {
            title: "Metered",
            numeric: true,
            cell: (row) => <Cost of={row.metered} unpriced={row.unpricedCalls} />,
          },
          {
            title: "Billed after credits",
            numeric: true,
            cell: (row) => <Money of={row.billed} />,
          },
          { title: "Difference", numeric: true, cell: (row) => <Signed of={row.difference} /> },
          {
            title: "Because of",
            cell: (row) =>
              row.parts.filter((part) => !isZero(part.amount)).map((part) => (
                <div key={part.kind} title={part.rule}>
                  {part.calls
                    ? (
                      <a
                        href={linkTo("records", "", {
                          from: row.date,
                          to: row.date,
                          model: modelOf(part.calls),
                        })}
                      >
                        {lower(part.kind)}
                      </a>
                    )
                    : lower(part.kind)} <Signed of={part.amount} />
                  {part.doubled && <Doubled of={part.doubled} />}
                </div>
              )),
          },
          { title: "Calls", numeric: true, cell: (row) => <Count of={row.meteredCalls} /> },
          {
            title: "Tokens metered",
            numeric: true,
            cell: (row) => <Count of={row.meteredTokens} />,
          },
          {
            title: "Tokens billed",
            numeric: true,
            cell: (row) =>
              row.billedTokens === null
                ? <span class="quiet">not told</span>
                : <Count of={row.billedTokens} />,
          },
        ]}
      />
      <Pager page={data.page} />
    </Panel>
  );
}

/** The model by which the API lists the calls of a part, as clients wrote it; all of the day without
 * one. */
function modelOf(calls: string): string {
  return new URLSearchParams(calls.split("?")[1]).get("model") ?? "";
}
