/** The first call in two minutes: point a client here, and see its call arrive, priced. */

import { useEffect, useState } from "preact/hooks";
import { get, ROOT, rowsOf } from "../../api/client.ts";
import { linkTo } from "../../router.ts";
import { Money, Unknown, When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Code, Panel } from "../../ui/panel.tsx";

const LOOK_MS = 2_000;

export default function Start(_: PageProperties) {
  const url = ROOT.href.replace(/\/$/, "");
  const snippets = snippetsOf(url);
  const [chosen, choose] = useState(snippets[0]![0]);
  return (
    <>
      <Head
        title="Start"
        lead="Point a client at this server, make a call, and see it here with its price."
      />
      <Panel title="1. A metering key">
        <p>
          The key that <code>meterlake up</code> printed as <em>metering key</em>{" "}
          may send calls and nothing else. Another one:
        </p>
        <Code text="meterlake keys create --kind metering" />
        <p class="quiet">
          Keys are made on the command line and shown once; only a hash of them is stored.
        </p>
      </Panel>
      <Panel
        title="2. Your client"
        aside={
          <div class="tabs" role="group" aria-label="Client">
            {snippets.map(([name]) => (
              <button
                key={name}
                type="button"
                aria-pressed={name === chosen}
                onClick={() => choose(name)}
              >
                {name}
              </button>
            ))}
          </div>
        }
      >
        <Code text={snippets.find(([name]) => name === chosen)![1]} label={`${chosen} snippet`} />
      </Panel>
      <Arrived />
    </>
  );
}

/** The newest call, looked for every two seconds. */
function Arrived() {
  const [since] = useState(() => Date.now());
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/sources/metrics/ai", {
        query: { size: 1, sort: ["requestTime,desc"] },
        signal,
      }),
    [],
  );
  useEffect(() => {
    const timer = setInterval(asked.again, LOOK_MS);
    return () => clearInterval(timer);
  }, [asked.again]);
  return (
    <Panel title="3. It arrives">
      <Loaded of={asked}>
        {({ data }) => {
          const call = rowsOf(data)[0];
          if (!call) {
            return (
              <p role="status">
                <span class="badge warn">waiting</span> No call yet. This looks every two seconds.
              </p>
            );
          }
          const fresh = Date.parse(call.created ?? "") >= since - LOOK_MS;
          return (
            <div role="status">
              <p>
                <span class={`badge ${fresh ? "good" : ""}`}>
                  {fresh ? "arrived" : "calls are arriving"}
                </span>{" "}
                The newest:{" "}
                <a href={linkTo("record", call.id!)}>{call.model ?? call.transactionId}</a>,{" "}
                <When at={call.requestTime} />,{" "}
                {call.priceStatus === "UNPRICED" ? <Unknown /> : <Money of={call.totalCost} />}
                {call.priceStatus === "UNPRICED" && (
                  <>
                    – <a href={linkTo("models", "unpriced")}>set a price</a>
                  </>
                )}
              </p>
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function snippetsOf(url: string): [string, string][] {
  return [
    [
      "curl",
      `KEY=<metering key>
curl -s ${url}/meter/v2/ai/completions -H "x-api-key: $KEY" -H 'Content-Type: application/json' -d '{
  "transactionId": "first-'$(date +%s)'", "provider": "OPENAI", "model": "gpt-4o-mini",
  "requestTime": "'$(date -u +%FT%TZ)'", "responseTime": "'$(date -u +%FT%TZ)'", "requestDuration": 850,
  "inputTokenCount": 1000, "outputTokenCount": 100, "totalTokenCount": 1100,
  "isStreamed": false, "stopReason": "END", "agent": "my-first-agent"}'`,
    ],
    [
      "Python SDK",
      `pip install revenium-python-sdk openai
export REVENIUM_METERING_BASE_URL=${url}
export REVENIUM_METERING_API_KEY=<metering key>

# then, as before:
import revenium_middleware.openai, openai
openai.OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}])`,
    ],
    [
      "OpenTelemetry",
      `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}/meter/v2/otlp
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20<metering key>"`,
    ],
    [
      "Claude Code",
      `export CLAUDE_CODE_ENABLE_TELEMETRY=1
export OTEL_LOGS_EXPORTER=otlp
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${url}/meter/v2/otlp
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20<metering key>"`,
    ],
    [
      "A file",
      `# CSV, JSON lines, LiteLLM's spend logs, Langfuse's observations, transcripts of Claude Code
meterlake import calls.csv`,
    ],
  ];
}
