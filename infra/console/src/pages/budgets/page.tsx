/** What may be used, what happens when it is gone, and what has happened. */

import { Head, type PageProperties } from "../../ui/page.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Alerts } from "./alerts.tsx";
import { Budgets } from "./budgets.tsx";
import { Controls } from "./controls.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Events } from "./events.tsx";

const TABS: [string, string][] = [
  ["limits", "Limits and budgets"],
  ["alerts", "Alerts"],
  ["events", "Enforcement"],
  ["deliveries", "Deliveries"],
];

export default function BudgetsPage({ route }: PageProperties) {
  const tab = route.id || "limits";
  return (
    <>
      <Head
        title="Budgets and alerts"
        lead="A limit stops the next call when it is gone; a budget only tells. Windows are UTC's."
      />
      <Tabs page="budgets" tabs={TABS} current={tab} />
      {tab === "limits" && (
        <>
          <Controls />
          <Budgets />
        </>
      )}
      {tab === "alerts" && <Alerts route={route} />}
      {tab === "events" && <Events route={route} />}
      {tab === "deliveries" && <Deliveries route={route} />}
    </>
  );
}
