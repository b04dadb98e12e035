/** What a price would change in calls that are metered already. */

import { type Figures, measure } from "../../api/figure.ts";
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
      </p>
      {measure(of.unpricedAfter) > 0 && (
        <p class="warn">
          Still without a known cost: <Things of={of.unpricedAfter} one="call" />.
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
                cell: (row) => <Cost of={row.costBefore} unpriced={row.unpricedBefore} />,
              },
              {
                title: "After",
                numeric: true,
                cell: (row) => <Cost of={row.costAfter} unpriced={row.unpricedAfter} />,
              },
            ]}
          />
        </details>
      )}
    </>
  );
}
