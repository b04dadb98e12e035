/** What providers billed, and whether it agrees with what was metered. */

import { Head, type PageProperties } from "../../ui/page.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Assistants } from "./assistants.tsx";
import { Connections } from "./connections.tsx";
import { CoverageOfBills } from "./coverage.tsx";
import { People } from "./people.tsx";
import { Prices } from "./prices.tsx";
import { Statement } from "./statement.tsx";

const TABS: [string, string][] = [
  ["reconciliation", "Reconciliation"],
  ["connections", "Connections"],
  ["prices", "Prices"],
  ["people", "People"],
  ["assistants", "Seats and pull requests"],
];

export default function Bills({ route, span }: PageProperties) {
  const tab = route.id || "reconciliation";
  return (
    <>
      <Head
        title="Bills"
        lead="What providers billed against what was metered, and what makes the difference. Bills are by whole UTC days: those that the window touches."
      />
      <Tabs page="bills" tabs={TABS} current={tab} />
      {tab === "reconciliation" && (
        <Statement route={route} span={span}>
          <CoverageOfBills route={route} span={span} />
        </Statement>
      )}
      {tab === "connections" && <Connections />}
      {tab === "prices" && <Prices span={span} />}
      {tab === "people" && <People route={route} span={span} />}
      {tab === "assistants" && <Assistants span={span} />}
    </>
  );
}
