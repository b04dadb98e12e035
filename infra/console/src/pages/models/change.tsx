/** What a price would change in calls that are metered already. */

import { type Figure, type Figures, measure } from "../../api/figure.ts";
import type { components } from "../../api/schema.d.ts";
import { Cost, Count, Money, Things } from "../../ui/figures.tsx";
import { Table } from "../../ui/table.tsx";

type Found = Figures<components["schemas"]["PricePreview"]>;

/** What re-rating would make of the calls of the last 30 days. */
export function Change({ of }: { of: Found }) {
  return (
    <>
      <p>
        Of <Things of={of.calls} one="call" /> from {of.firstDay} to {of.lastDay},{" "}
        {measure(of.changed) === 0 ? "none would cost anything else." : <Changed of={of} />}
      </p>
      {measure(of.unpricedAfter) > 0 && (
        <p class="warn">
          Without a known cost by this price, and with one now:{" "}
          <Things of={of.unpricedAfter} one="call" />.
        </p>
      )}
      {measure(of.stillUnpriced) > 0 && (
        <p class="warn">
          Still without a known cost: <Things of={of.stillUnpriced} one="call" />{" "}
          with something that the price has no rate for.
        </p>
      )}
      {of.cut && <p class="warn">There are more calls: only the newest days were looked at.</p>}
      {of.incompleteDays.length > 0 && (
        <p class="warn">Something is missing of {of.incompleteDays.join(", ")}.</p>
      )}
      {of.days.length > 0 && (
        <details>
          <summary>Day by day</summary>
          <Table
            caption="Change by day"
            rows={of.days}
            name={(row) => row.day}
            columns={[
              { title: "Day (UTC)", cell: (row) => row.day },
              { title: "Calls", numeric: true, cell: (row) => <Count of={row.calls} /> },
              {
                title: "Before",
                numeric: true,
                cell: (row) => (
                  <Cost of={row.costBefore} unpriced={sum(row.unpricedBefore, row.stillUnpriced)} />
                ),
              },
              {
                title: "After",
                numeric: true,
                cell: (row) => (
                  <Cost of={row.costAfter} unpriced={sum(row.unpricedAfter, row.stillUnpriced)} />
                ),
              },
            ]}
          />
        </details>
      )}
    </>
  );
}

/** What the changed calls would cost, and what gives them that cost. */
function Changed({ of }: { of: Found }) {
  return (
    <>
      <Count of={of.changed} /> would cost <Cost of={of.costAfter} unpriced={of.unpricedAfter} />
      {" "}
      instead of{" "}
      <Cost of={of.costBefore} unpriced={of.unpricedBefore} />. Those without a known cost,{" "}
      <Count of={of.unpricedBefore} />, get <Money of={of.newCost} /> by themselves
      {measure(of.changed) > measure(of.unpricedBefore) && (
        <>
          , all others by <code>meterlake re-rate</code>
        </>
      )}.
    </>
  );
}

/** How many calls have no known cost; only whether there are any is shown. */
function sum(one: Figure, other: Figure): Figure {
  return String(measure(one) + measure(other)) as Figure;
}
