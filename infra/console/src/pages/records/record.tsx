/** One call: its price, its tokens, whom it belongs to, its prompts for those who may. */

import { useState } from "preact/hooks";
import { type Answer, type AnswerOf, get, Refused } from "../../api/client.ts";
import { indented } from "../../api/figure.ts";
import { linkTo } from "../../router.ts";
import { Count, Money, Took, Unknown, When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties, Sole } from "../../ui/page.tsx";
import { Code, Panel } from "../../ui/panel.tsx";
import { Facts } from "../../ui/table.tsx";
import { History } from "./history.tsx";

const COMPLETION = "/profitstream/v2/api/sources/metrics/ai/completions/{id}";
const ANY = "/profitstream/v2/api/sources/metrics/ai/{id}";
type Call = Partial<AnswerOf<typeof COMPLETION>> & AnswerOf<typeof ANY>;

/** A completion tells more of itself; what is none is asked for as any call. */
async function find(id: string, signal: AbortSignal): Promise<Answer<Call>> {
  try {
    return await get(COMPLETION, { places: { id }, signal }) as Answer<Call>;
  } catch (error) {
    if (error instanceof Refused && error.status === 404) {
      return await get(ANY, { places: { id }, signal }) as Answer<Call>;
    }
    throw error;
  }
}

export default function Record({ route }: PageProperties) {
  const asked = useAnswer((signal) => find(route.id, signal), [route.id]);
  return (
    <Sole of={asked} title={`Call ${route.id}`}>
      {({ data, text }) => <One call={data} text={text} />}
    </Sole>
  );
}

function One({ call, text }: { call: Call; text: string }) {
  const unpriced = call.priceStatus === "UNPRICED";
  return (
    <>
      <Head title={call.model ?? call.label ?? "Call"} lead={<>Call {call.transactionId}</>}>
        {call.traceId && <a href={linkTo("trace", call.traceId)}>Its trace</a>}
      </Head>
      <div class="grid">
        <Panel title="Money">
          <p class="total">{unpriced ? <Unknown /> : <Money of={call.totalCost} />}</p>
          <Facts
            of={[
              [
                "Price",
                unpriced
                  ? <span class="warn">unpriced: {call.unpricedReason}</span>
                  : call.priceStatus,
              ],
              ["Price version", call.priceVersion ?? "–"],
              ["Of input", <Money of={call.inputTokenCost} />],
              ["Of output", <Money of={call.outputTokenCost} />],
              [
                "As the client said",
                call.clientReportedCost ? <Money of={call.clientReportedCost} /> : "–",
              ],
            ]}
          />
        </Panel>
        <Panel title="Tokens and time">
          <Facts
            of={[
              ["Input", <Count of={call.inputTokenCount} />],
              ["Output", <Count of={call.outputTokenCount} />],
              ["Read from a cache", <Count of={call.cacheReadTokenCount} />],
              ["Written to a cache", <Count of={call.cacheCreationTokenCount} />],
              ["Reasoning", <Count of={call.reasoningTokenCount} />],
              ["In all", <Count of={call.totalTokenCount} />],
              ["Began", <When at={call.requestTime} />],
              ["Took", <Took of={call.requestDuration} />],
              ["Stopped by", call.stopReason ?? "–"],
            ]}
          />
        </Panel>
      </div>
      <Panel title="Whom it belongs to">
        <Facts
          of={[
            ["Customer", call.organization?.label ?? "–"],
            ["Product", call.product?.label ?? "–"],
            ["Person", call.subscriberEmail ?? call.subscriberId ?? "–"],
            ["Credential", call.subscriberCredential?.label ?? "–"],
            ["Agent", call.agent ?? "–"],
            ["Task", call.taskType ?? "–"],
            [
              "Job",
              call.agenticJobId
                ? (
                  <a href={linkTo("jobs", call.agenticJobId)}>
                    {call.agenticJobName ?? call.agenticJobId}
                  </a>
                )
                : "–",
            ],
            ["Provider", call.provider ?? "–"],
            ["Environment", call.environment ?? "–"],
            ["Region", call.region ?? "–"],
          ]}
        />
      </Panel>
      <History id={call.id!} />
      {call.hasPromptData && <Prompts id={call.id!} />}
      <Panel title="Everything that is stored">
        <Code label="The record as JSON" text={indented(text)} />
      </Panel>
    </>
  );
}

/** Prompts are asked for by a click, because each look is in the audit trail. */
function Prompts({ id }: { id: string }) {
  const [wanted, want] = useState(false);
  return (
    <Panel title="Prompts">
      {wanted ? <PromptText id={id} /> : (
        <p>
          <button type="button" onClick={() => want(true)}>Show the prompts</button>{" "}
          <span class="quiet">Each look is noted in the audit trail.</span>
        </p>
      )}
    </Panel>
  );
}

function PromptText({ id }: { id: string }) {
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/sources/metrics/ai/completions/{id}/prompts", {
        places: { id },
        signal,
      }),
    [id],
  );
  return (
    <Loaded of={asked}>
      {({ text }) => <Code label="Prompts" text={indented(text)} />}
    </Loaded>
  );
}
