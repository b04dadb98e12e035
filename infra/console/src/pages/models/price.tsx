/** A price of one's own: USD a million tokens, as price lists have it. */

import { send } from "../../api/client.ts";
import { perToken } from "../../api/figure.ts";
import { AMOUNT, Dialog, Field, Form } from "../../ui/dialog.tsx";
import { Probe } from "../../ui/probe.tsx";
import { Change } from "./change.tsx";

const MODELS = "/profitstream/v2/api/sources/ai/models";

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
          hint="without it, calls with tokens from a cache have no known cost; 0 is free"
        />
        <p class="quiet">
          Calls that write to a cache have no known cost by a price of these three: the API takes
          {" "}
          <code>cacheCreationCostPerInputToken</code> too.
        </p>
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
