/** What was spent, on what, and what is unusual about it. */

import { get } from "../../api/client.ts";
import { change, linkTo } from "../../router.ts";
import { ByGroup, OverTime } from "../../ui/drawn.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import type { Span } from "../../window.ts";
import { Forecast } from "./forecast.tsx";
import { Movers } from "./movers.tsx";
import { Pinned } from "./pinned.tsx";
import { Tiles } from "./tiles.tsx";

const GROUPS: [string, string][] = [
  ["MODEL", "Model"],
  ["PROVIDER", "Provider"],
  ["AGENT", "Agent"],
  ["ORGANIZATION", "Customer"],
  ["TASK_TYPE", "Task type"],
];
/** The filter of the list of records that a group stands for. */
const FILTERS: Record<string, string> = {
  MODEL: "model",
  PROVIDER: "provider",
  AGENT: "agent",
  ORGANIZATION: "organizationName",
};

export default function Overview({ route, span }: PageProperties) {
  const by = route.query.get("by") ?? "PROVIDER";
  return (
    <>
      <Head title="Overview" lead={`What AI work cost in the window: ${span.name}.`}>
        <label>
          Over time by{" "}
          <select value={by} onChange={(event) => change({ by: event.currentTarget.value })}>
            {GROUPS.map(([group, words]) => <option key={group} value={group}>{words}</option>)}
          </select>
        </label>
      </Head>
      <Tiles span={span} />
      <Forecast />
      <OverTime title="Cost over time" question={{ span, groupBy: by }} />
      <div class="grid">
        {GROUPS.slice(0, 4).map(([group, words]) => (
          <ByGroup
            key={group}
            title={`By ${words.toLowerCase()}`}
            question={{ span, groupBy: group, limit: 6 }}
            hrefOf={(name) => linkTo("records", "", { [FILTERS[group]!]: name })}
          />
        ))}
      </div>
      <Movers span={span} route={route} />
      <Unpriced span={span} />
      <Pinned span={span} />
    </>
  );
}

const REASONS: Record<string, string> = {
  NO_PRICE: "no price is known for the model",
  NO_TIER_PRICE: "no price is known for the tier",
  TIER_NOT_TOLD: "nobody told which tier served the call",
  NO_QUANTITY: "no quantity was told",
  TOTAL_ONLY: "only the sum of the tokens was told",
};

function Unpriced({ span }: { span: Span }) {
  const asked = useAnswer(
    (signal) =>
      get("/api/v2/analytics/unpriced-calls-by-reason", {
        query: { startDate: span.start, endDate: span.end },
        signal,
      }),
    [span],
  );
  return (
    <Panel
      title="Calls without a known cost"
      aside={<a href={linkTo("models", "unpriced")}>Set a price</a>}
    >
      <Loaded of={asked}>
        {({ data }) =>
          data._embedded.items.length
            ? (
              <Table
                caption="Calls without a known cost, by reason"
                rows={data._embedded.items}
                name={(row) => row.groupName ?? ""}
                columns={[
                  { title: "Why", cell: (row) => REASONS[row.groupName ?? ""] ?? row.groupName },
                  { title: "Calls", numeric: true, cell: (row) => row.metrics[0]?.metricResult },
                ]}
              />
            )
            : <Empty title="None">Every call of this window has a known cost.</Empty>}
      </Loaded>
    </Panel>
  );
}
