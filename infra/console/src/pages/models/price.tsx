/** A price of one's own: USD a million tokens, as price lists have it. */

import { send } from "../../api/client.ts";
import { measure, perToken } from "../../api/figure.ts";
import { Dialog, Field, Form } from "../../ui/dialog.tsx";
import { Cost, Count, Money } from "../../ui/figures.tsx";
import { Probe } from "../../ui/probe.tsx";
import { Table } from "../../ui/table.tsx";

const MODELS = "/profitstream/v2/api/sources/ai/models";
const AMOUNT = "[0-9]*[.]?[0-9]*";

interface Properties {
  model: string;
  provider: string;
  close: () => void;
  done: () => void;
}

export function SetPrice({ model, provider, close, done }: Properties) {
  const keep = (values: Record<string, string>) => send("post", MODELS, bodyOf(values));
  const finish = () => {
    done();
    close();
  };
  return (
    <Dialog title="Set a price" close={close}>
      <Form submit="Keep the price" send={keep} done={finish}>
        <div class="pair">
          <Field label="Model" name="name" value={model} required hint="as metered" />
          <Field label="Provider" name="host" value={provider} required hint="as metered" />
        </div>
        <div class="pair">
          <Field label="Input, USD a million tokens" name="input" required pattern={AMOUNT} />
          <Field label="Output, USD a million tokens" name="output" required pattern={AMOUNT} />
        </div>
        <Field
          label="Input from a cache, USD a million tokens"
          name="read"
          pattern={AMOUNT}
          hint="as the input when it is empty"
        />
        <Probe words="What would it change?" ask={look}>{(found) => <Change of={found} />}</Probe>
        <p class="quiet">
          Calls that have no price yet are rated by it, past ones too. Calls that have one stay as
          they are.
        </p>
      </Form>
    </Dialog>
  );
}

function bodyOf(
  { name = "", host = "", input = "", output = "", read = "" }: Record<string, string>,
) {
  return {
    name,
    provider: host,
    mode: "chat",
    inputCostPerToken: perToken(input) ?? 0,
    outputCostPerToken: perToken(output) ?? 0,
    ...(read ? { cacheReadCostPerInputToken: perToken(read) } : {}),
  };
}

const look = async (values: Record<string, string>) =>
  (await send("post", `${MODELS}/preview`, bodyOf(values))).data;
type Found = Awaited<ReturnType<typeof look>>;

/** What re-rating would make of the calls of the last 30 days. */
function Change({ of }: { of: Found }) {
  return (
    <>
      <p>
        Of <Count of={of.calls} /> calls from {of.firstDay} to {of.lastDay},{" "}
        <Count of={of.changed} /> would cost <Money of={of.costAfter} /> instead of{" "}
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
          <Count of={of.unpricedAfter} /> calls would still have no known cost.
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
              { title: "After", numeric: true, cell: (row) => <Money of={row.costAfter} /> },
            ]}
          />
        </details>
      )}
    </>
  );
}
