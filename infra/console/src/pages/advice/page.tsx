/** What could be done about the spend: runs, and the advice of one, worth the most first. */

import { useState } from "preact/hooks";
import { get, send } from "../../api/client.ts";
import { change, go, linkTo, type Route } from "../../router.ts";
import { Count, When } from "../../ui/figures.tsx";
import { Empty, Failed, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { startOfDay } from "../../window.ts";
import { Run } from "./run.tsx";

const PATH = "/api/v2/insights/runs";
const MOST = 10;
const DAY_MS = 86_400_000;
const LOOKS: Record<string, string> = {
  completed: "good",
  partial: "warn",
  failed: "bad",
  cancelled: "warn",
};

export default function Advice({ route }: PageProperties) {
  const cursor = route.query.get("cursor") ?? "";
  const asked = useAnswer(
    (signal) =>
      get(PATH, { query: { limit: MOST, ...(cursor ? { cursor } : {}) } as never, signal }),
    [cursor],
  );
  return (
    <>
      <Head
        title="Advice"
        lead="What could be saved in a month, ranked. No dollar is counted twice, and each figure can be opened."
      >
        <Look />
      </Head>
      <Loaded of={asked}>
        {({ data }) => {
          const shown = route.id || data.data[0]?.runId;
          if (!shown) {
            return (
              <Empty title="Nobody has looked yet">
                A run is made each week by itself, over 28 full days. <em>Look now</em>{" "}
                makes one at once, and so does <code>meterlake advise</code>.
              </Empty>
            );
          }
          return (
            <>
              <Run key={shown} id={shown} />
              <Runs route={route} runs={data.data} next={data.next_cursor} shown={shown} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** Begins a run over full days until today, and leads to it. */
function Look() {
  const [days, setDays] = useState("28");
  const [busy, setBusy] = useState(false);
  const [error, fail] = useState<Error>();
  const look = async () => {
    setBusy(true);
    fail(undefined);
    const end = startOfDay(new Date());
    const start = new Date(end.getTime() - Number(days) * DAY_MS);
    const body = { periodStart: start.toISOString(), periodEnd: end.toISOString() };
    try {
      // One key a wish: a request that is sent twice on its way makes one run.
      const headers = { "Idempotency-Key": crypto.randomUUID() };
      const { data } = await send("post", PATH, body as never, { headers });
      go("advice", data.runId);
    } catch (failure) {
      fail(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <select
        aria-label="Days to look at"
        value={days}
        onChange={(event) => setDays(event.currentTarget.value)}
      >
        {["7", "28", "90"].map((each) => <option key={each} value={each}>{each} full days</option>)}
      </select>
      <button type="button" class="primary" disabled={busy} onClick={look}>
        {busy ? "Looking …" : "Look now"}
      </button>
      <span role="status" class="hidden">{busy ? "Looking" : ""}</span>
      {error && <Failed error={error} />}
    </>
  );
}

type Rows = Awaited<ReturnType<typeof get<typeof PATH>>>["data"]["data"];

function Runs(
  { route, runs, next, shown }: {
    route: Route;
    runs: Rows;
    next: string | null;
    shown: string;
  },
) {
  return (
    <Panel title="Runs, the newest first">
      <Table
        caption="Runs"
        rows={runs}
        name={(row) => row.runId}
        columns={[
          {
            title: "Run",
            cell: (row) => (
              <a
                href={linkTo("advice", row.runId)}
                aria-current={row.runId === shown ? "true" : undefined}
              >
                <When at={row.created} />
              </a>
            ),
          },
          {
            title: "Looked at",
            cell: (row) => (
              <>
                <When at={row.periodStart} date /> to <When at={row.periodEnd} date />
              </>
            ),
          },
          {
            title: "State",
            cell: (row) => <span class={`badge ${LOOKS[row.status] ?? ""}`}>{row.status}</span>,
          },
          { title: "Asked by", cell: (row) => row.triggeredBy },
          { title: "Findings", numeric: true, cell: (row) => <Count of={row.findingsCount} /> },
          {
            title: "Advice",
            numeric: true,
            cell: (row) => <Count of={row.recommendationsCount} />,
          },
        ]}
      />
      {(next || route.query.get("cursor")) && (
        <div class="pager" role="group" aria-label="Pages">
          {route.query.get("cursor") && (
            <button
              type="button"
              onClick={() => change({ cursor: "" })}
            >
              The newest
            </button>
          )}
          {next && (
            <button type="button" onClick={() => change({ cursor: next })}>Older ones</button>
          )}
        </div>
      )}
    </Panel>
  );
}
