/** What customers bring in, what they cost, and what is left. */

import { get, rowsOf } from "../../api/client.ts";
import { OverTime } from "../../ui/drawn.tsx";
import { Count, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Invoice, Invoices } from "./invoices.tsx";
import { Profits } from "./profits.tsx";

const TABS: [string, string][] = [["margins", "Profit"], ["subscriptions", "Subscriptions"], [
  "invoices",
  "Invoices",
]];

export default function Customers({ route, span }: PageProperties) {
  if (route.id.startsWith("invoice/")) return <Invoice id={route.id.slice("invoice/".length)} />;
  const tab = route.id || "margins";
  return (
    <>
      <Head
        title="Customers"
        lead="Revenue as billing knows it, cost as calls name it, and what is left: in USD, and in percent of the revenue."
      />
      <Tabs page="customers" tabs={TABS} current={tab} />
      {tab === "margins" && (
        <>
          <Profits report="profit-per-customer" span={span} route={route} />
          <Profits report="profit-per-product" span={span} route={route} />
          <OverTime
            title="Cost of customers over time"
            question={{ span, groupBy: "ORGANIZATION" }}
          />
        </>
      )}
      {tab === "subscriptions" && <Subscriptions />}
      {tab === "invoices" && <Invoices route={route} />}
    </>
  );
}

function Subscriptions() {
  const asked = useAnswer(
    (signal) => get("/profitstream/v2/api/subscriptions", { query: { size: 100 }, signal }),
    [],
  );
  return (
    <Panel title="Subscriptions">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No subscriptions yet">
                A plan of a product, bought by a customer: see docs/billing.md.
              </Empty>
            );
          }
          return (
            <Table
              caption="Subscriptions"
              rows={rows}
              name={(row) => row.id!}
              columns={[
                { title: "Subscription", cell: (row) => row.label },
                {
                  title: "Customer",
                  cell: (row) =>
                    row.organization?.label ?? row.subscriberEmail ?? row.clientEmailAddress ?? "–",
                },
                { title: "Product", cell: (row) => row.product?.label ?? "–" },
                { title: "Since", cell: (row) => <When at={row.start} date /> },
                {
                  title: "Period",
                  cell: (row) => (
                    <>
                      <When at={row.periodStart} date /> – <When at={row.periodEnd} date />
                    </>
                  ),
                },
                {
                  title: "Calls in it",
                  numeric: true,
                  cell: (row) => <Count of={row.periodCallCountConsumed} />,
                },
                {
                  title: "",
                  cell: (row) =>
                    row.wentOverSubscriptionQuota && <span class="badge bad">over its quota</span>,
                },
              ]}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}
