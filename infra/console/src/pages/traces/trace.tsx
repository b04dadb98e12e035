/** One trace: its waterfall, what it waited for, and what each of its agents cost. */

import { useState } from "preact/hooks";
import { type AnswerOf, get } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { type Bar, Waterfall } from "../../ui/chart/waterfall.tsx";
import { Bars } from "../../ui/chart/bars.tsx";
import {
  Cost,
  Count,
  Divided,
  isUnknown,
  Money,
  Percent,
  Things,
  Took,
  Unknown,
  When,
} from "../../ui/figures.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties, Sole } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Facts } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/sources/metrics/ai/traces/{traceId}";
type Detail = AnswerOf<typeof PATH>;

export default function Trace({ route }: PageProperties) {
  const places = { traceId: route.id };
  const asked = useAnswer((signal) => get(PATH, { places, signal }), [route.id]);
  return (
    <Sole of={asked} title={`Trace ${route.id}`}>
      {({ data }) => <One id={route.id} trace={data} />}
    </Sole>
  );
}

function One({ id, trace }: { id: string; trace: Detail }) {
  const places = { traceId: id };
  // Not beside the waterfall's request: the server would make both at once, and both late.
  const path = useAnswer((signal) => get(`${PATH}/critical-path`, { places, signal }), [id]);
  const critical = path.value?.data;
  const [chosen, choose] = useState<Bar>();
  const spans = (trace.spans ?? []) as Bar[];
  const steps = new Set((critical?.criticalPath ?? []).map((step) => step.transactionId ?? ""));
  return (
    <>
      <Head
        title={trace.traceName ?? trace.traceId!}
        lead={
          <>
            Trace {trace.traceId}, began <When at={trace.startTime} />
          </>
        }
      />
      <div class="tiles">
        <section class="tile">
          <h2>Cost</h2>
          <p class="figure">
            <Cost of={trace.totalCost} unpriced={trace.unpricedCount} />
          </p>
          <Missing trace={trace} />
        </section>
        <section class="tile">
          <h2>Took</h2>
          <p class="figure">
            <Took of={trace.traceDuration} />
          </p>
        </section>
        <section class="tile">
          <h2>Calls</h2>
          <p class="figure">
            <Count of={trace.transactionCount} />
          </p>
          <p class="quiet">
            <Count of={trace.errorCount} /> failed
          </p>
        </section>
        <section class="tile">
          <h2>Critical path</h2>
          <p class="figure">
            {critical
              ? <Took of={critical.criticalPathDuration} />
              : path.error
              ? <Unknown />
              : "…"}
          </p>
          {path.error && <p class="warn">{path.error.message}</p>}
          {critical && (
            <p class="quiet">
              <Divided by={[trace.traceDuration]}>
                <Percent of={critical.criticalPathPercentage} />
              </Divided>{" "}
              of the time
            </p>
          )}
        </section>
      </div>
      <Panel title="Waterfall" aside={<Shown spans={spans.length} all={trace.spanCount} />}>
        <Waterfall
          bars={spans}
          whole={measure(trace.traceDuration)}
          critical={steps}
          choose={choose}
        />
      </Panel>
      <div class="grid">
        <Panel title="By model">
          <Bars
            label="Cost by model"
            unit="USD"
            bars={(trace.costByModel ?? []).map((each) => ({
              name: each.name ?? "",
              value: each.cost ?? null,
            }))}
          />
        </Panel>
        <Panel title="By agent">
          <Bars
            label="Cost by agent"
            unit="USD"
            bars={(trace.agentTotals ?? []).map((each) => ({
              name: each.agent ?? "",
              value: isUnknown(each.totalCost, each.unpricedCount) ? null : each.totalCost ?? null,
            }))}
          />
        </Panel>
      </div>
      {chosen && <Chosen bar={chosen} close={() => choose(undefined)} />}
    </>
  );
}

function Missing({ trace }: { trace: Detail }) {
  return measure(trace.unpricedCount) > 0
    ? (
      <p class="warn">
        Of its calls <Things of={trace.unpricedCount} one="has" many="have" /> no known price
      </p>
    )
    : <p class="quiet">every call priced</p>;
}

/** How many of the spans are drawn: of a very large trace the first ten thousand. */
function Shown({ spans, all }: { spans: number; all: Detail["spanCount"] }) {
  return spans < measure(all)
    ? (
      <span class="warn">
        the first {spans.toLocaleString()} of <Things of={all} one="span" />
      </span>
    )
    : (
      <span class="quiet">
        <Things of={all} one="span" />; bold ones are on the critical path
      </span>
    );
}

function Chosen({ bar, close }: { bar: Bar; close: () => void }) {
  const more = bar as Bar & Record<string, string | null>;
  return (
    <Dialog title={bar.name ?? bar.id} close={close}>
      <Facts
        of={[
          [
            "Cost",
            bar.cost === null || bar.cost === undefined ? <Unknown /> : <Money of={bar.cost} />,
          ],
          ["Took", <Took of={bar.duration} />],
          ["After", <Took of={bar.offset} />],
          ["Began", <When at={more.startTime} />],
          ["Kind", bar.kind ?? "–"],
          ["Model", bar.model ?? "–"],
          ["Agent", more.agent ?? "–"],
          ["Status", bar.status ?? "–"],
          ["Failed because", more.errorReason ?? "–"],
          ["Transaction", bar.id],
        ]}
      />
    </Dialog>
  );
}
