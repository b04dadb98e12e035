/** What a limit would have stopped in the last 30 days, asked before it is made. */

import { send } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { Cost, Count, Money, Things, When } from "../../ui/figures.tsx";
import { Probe } from "../../ui/probe.tsx";
import { Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/ai/cost-controls/dry-run";
const MOST_SHOWN = 5;

const ask = async (body: object) => (await send("post", PATH, body as never)).data;
type Found = Awaited<ReturnType<typeof ask>>;

/** In the form of a limit; `bodyOf` makes what is asked of the form's values. */
export function DryRun({ bodyOf }: { bodyOf: (values: Record<string, string>) => object }) {
  return (
    <Probe words="Try it on the last 30 days" ask={(values) => ask(bodyOf(values))}>
      {(found) => <Result of={found} />}
    </Probe>
  );
}

function Result({ of }: { of: Found }) {
  const isMoney = measure(of.blockedCost) > 0 || measure(of.blockedUnpricedCalls) === 0;
  return (
    <>
      {measure(of.blockedCalls) === 0
        ? (
          <p>
            It would have {of.stops ? "stopped" : "warned of"} none of{" "}
            <Things of={of.calls} one="call" /> since <When at={of.startDate} date />.
          </p>
        )
        : (
          <p>
            Since <When at={of.startDate} date /> it would have {of.stops ? "stopped" : "warned of"}
            {" "}
            <strong>
              <Count of={of.blockedCalls} /> of <Things of={of.calls} one="call" />
            </strong>
            {isMoney && (
              <>
                {" "}worth <Money of={of.blockedCost} />
              </>
            )}
            , the first one <When at={of.firstBlockedAt} />.
          </p>
        )}
      {measure(of.blockedUnpricedCalls) > 0 && (
        <p class="warn">
          Of them <Things of={of.blockedUnpricedCalls} one="has" many="have" /> no known cost.
        </p>
      )}
      {of.incompleteDays.length > 0 && (
        <p class="warn">Something is missing of {of.incompleteDays.join(", ")}.</p>
      )}
      {of.rows.length > 0 && <Rows of={of} />}
      <details>
        <summary>Where enforcement might have done otherwise</summary>
        <ul>{of.approximations.map((each) => <li key={each}>{each}</li>)}</ul>
      </details>
    </>
  );
}

function Rows({ of }: { of: Found }) {
  const shown = of.rows.slice(0, MOST_SHOWN);
  const left = of.rows.length - shown.length + measure(of.rowsLeftOut);
  return (
    <>
      <Table
        caption="What would have been stopped, by window"
        rows={shown}
        name={(row) => `${row.windowKey} ${row.groupValue}`}
        columns={[
          {
            title: "Window",
            cell: (row) => (
              <>
                {row.windowKey.replace(/^\w+:/, "")}
                {row.groupValue && <span class="quiet">, {row.groupValue}</span>}
              </>
            ),
          },
          { title: "First", cell: (row) => <When at={row.firstBlockedAt} /> },
          {
            title: "Calls",
            numeric: true,
            cell: (row) => (
              <>
                <Count of={row.blockedCalls} /> of <Count of={row.calls} />
              </>
            ),
          },
          {
            title: "Worth",
            numeric: true,
            cell: (row) => <Cost of={row.blockedCost} unpriced={row.blockedUnpricedCalls} />,
          },
        ]}
      />
      {left > 0 && <p class="quiet">not shown: {left.toLocaleString()} more, with less each</p>}
    </>
  );
}
