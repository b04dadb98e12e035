/** One advice, opened to what stands behind it. */

import { useState } from "preact/hooks";
import { curlOf } from "../../api/charts.ts";
import { addressOf, call, send } from "../../api/client.ts";
import { indented, isZero } from "../../api/figure.ts";
import { linkTo } from "../../router.ts";
import { session } from "../../session.ts";
import { Value } from "../../ui/chart/bars.tsx";
import { Choice, Dialog, Field, Form, numberOf } from "../../ui/dialog.tsx";
import { Count, Money } from "../../ui/figures.tsx";
import { Failed } from "../../ui/loading.tsx";
import { Code } from "../../ui/panel.tsx";
import { Facts } from "../../ui/table.tsx";
import type { Told } from "./run.tsx";

type Advice = NonNullable<Told["parsedRecommendations"]>[number];
type OpenFigure = NonNullable<Advice["evidence"]>["figures"][number];
type Finding = NonNullable<Told["parsedFindings"]>[number];

const LOOKS: Record<string, string> = { critical: "bad", high: "bad", medium: "warn" };
const SURE: [string, string][] = [["1", "right"], ["0", "I cannot say"], ["-1", "wrong"]];

export function Advised({ of, run, done }: { of: Advice; run: Told; done: () => void }) {
  const [telling, tell] = useState<"accept" | "dismiss" | "">("");
  const { impactEstimate: impact, suggestedAction: action } = of;
  const findings = (run.parsedFindings ?? []).filter((each) => of.citations.includes(each.id));
  const told = run.feedback.filter((each) => each.recommendationId === of.id);
  const calls = of.evidence?.callIds ?? [];
  return (
    <li class="advice">
      <header>
        <h3>
          <Count of={of.rank} />. {of.title}
        </h3>
        <p class="total">
          {isZero(impact.monthlyImpact) ? <small class="quiet">a risk, no saving</small> : (
            <>
              <Money of={impact.monthlyImpact} currency={impact.currency} />{" "}
              <small class="quiet">a month</small>
            </>
          )}
        </p>
      </header>
      <p>{of.body}</p>
      <p class="coverage">
        <span class={`badge ${LOOKS[of.severity] ?? ""}`}>{of.severity}</span>
        <span>
          certainty of the figure: {impact.confidenceBand}
          {!isZero(impact.monthlyImpact) && impact.monthlyLow && (
            <>
              , <Money of={impact.monthlyLow} currency={impact.currency} /> to{" "}
              <Money of={impact.monthlyHigh} currency={impact.currency} />
            </>
          )}
        </span>
        <span>{of.category}</span>
        {told.map((each) => <strong key={each.id}>{each.action.replaceAll("_", " ")}</strong>)}
      </p>
      <div class="filters">
        <button type="button" class="small" onClick={() => tell("accept")}>
          Accept<span class="hidden">: {of.title}</span>
        </button>
        <button type="button" class="small" onClick={() => tell("dismiss")}>
          Dismiss<span class="hidden">: {of.title}</span>
        </button>
      </div>
      <details>
        <summary>
          What to do, and what it stands on<span class="hidden">: {of.title}</span>
        </summary>
        <div class="opened">
          <h4>{action.summary}</h4>
          <ol>{action.steps.map((step) => <li key={step}>{step}</li>)}</ol>
          <p class="quiet">
            {impact.basis} Who would: {action.accountableRole.replaceAll("_", " ")}.
          </p>
          {(action.references ?? []).map(({ label, url }) => (
            <p key={url}>
              <a href={url} rel="noreferrer">{label}</a>
            </p>
          ))}
          {findings.length > 0 && <h4>Findings</h4>}
          {findings.map((each) => <Found key={each.id} of={each} />)}
          {(of.evidence?.figures ?? []).length > 0 && <h4>Figures, and what gives each</h4>}
          {(of.evidence?.figures ?? []).map((each) => (
            <Opened key={each.name + each.query.member} of={each} />
          ))}
          {calls.length > 0 && (
            <>
              <h4>The dearest calls</h4>
              <ul class="calls">
                {calls.map((id) => (
                  <li key={id}>
                    <a href={linkTo("record", id)}>
                      <code>{id}</code>
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      </details>
      {telling && (
        <Tell
          advice={of}
          run={run.id}
          accept={telling === "accept"}
          close={() => tell("")}
          done={() => {
            tell("");
            done();
          }}
        />
      )}
    </li>
  );
}

/** A finding with the facts of its rule, as the API wrote them. */
function Found({ of }: { of: Finding }) {
  const facts = Object.entries((of.metric ?? {}) as Record<string, unknown>)
    .filter(([, value]) => value !== null && typeof value !== "object")
    .map(([name, value]): [string, string] => [name, String(value)]);
  return (
    <>
      <p>{of.summary}</p>
      {facts.length > 0 && <Facts of={facts} />}
    </>
  );
}

/** A figure with the request that gives it, and its answer when somebody wants to see it. */
function Opened({ of }: { of: OpenFigure }) {
  const [answer, show] = useState("");
  const [error, fail] = useState<Error>();
  const query: Record<string, string[]> = {};
  for (const { name, value } of of.query.parameters) (query[name] ??= []).push(value);
  const url = addressOf(of.query.path, { teamId: [session.team], ...query });
  const ask = () =>
    call("GET", url).then(({ text }) => {
      fail(undefined);
      show(indented(text));
    }, fail);
  return (
    <details>
      <summary>
        {of.name}: <Value of={of.value} unit={of.unit} />
      </summary>
      <div class="opened">
        <Code text={curlOf("GET", url)} label={`Request that gives ${of.name}`} />
        <p>
          <span class="quiet">
            It stands in <code>{of.query.member}</code> of the answer.
          </span>{" "}
          <button type="button" class="small" onClick={ask}>Ask it</button>
        </p>
        {error && <Failed error={error} again={ask} />}
        {answer && <Code text={answer} label={`Answer with ${of.name}`} />}
      </div>
    </details>
  );
}

/** What somebody did about an advice, or why not. */
function Tell({ advice, run, accept, close, done }: {
  advice: Advice;
  run: string;
  accept: boolean;
  close: () => void;
  done: () => void;
}) {
  const keep = (values: Record<string, string>) => {
    const saved = numberOf(values.saved);
    const body = {
      runId: run,
      recommendationId: advice.id,
      action: values.action,
      confidenceRating: Number(values.sure),
      dismissalReason: values.reason ?? "",
      ...(saved === null
        ? {}
        : { realizedSavings: saved, realizedSavingsMeasuredAt: new Date().toISOString() }),
    };
    return send("post", "/api/v2/insights/feedback", body as never, {
      headers: { "Idempotency-Key": crypto.randomUUID() },
    });
  };
  const options: [string, string][] = accept
    ? [["acknowledged", "it will be done"], ["implemented", "it is done"]]
    : [
      ["dismissed", "we will not do it"],
      ["not_applicable", "it does not apply"],
      ["already_aware", "we know already"],
    ];
  return (
    <Dialog title={accept ? "Accept the advice" : "Dismiss the advice"} close={close}>
      <Form submit={accept ? "Accept it" : "Dismiss it"} send={keep} done={done}>
        <p>{advice.title}</p>
        <Choice label="What about it" name="action" options={options} value={options[0]![0]} />
        {accept
          ? (
            <Field
              label="Saved so far, USD"
              name="saved"
              pattern="[0-9]+(\.[0-9]+)?"
              hint="as you have measured it; leave it empty when nobody has"
            />
          )
          : <Field label="Reason" name="reason" required />}
        <Choice label="The advice is" name="sure" options={SURE} value={accept ? "1" : "0"} />
      </Form>
    </Dialog>
  );
}
