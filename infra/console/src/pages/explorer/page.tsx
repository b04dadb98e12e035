/** Any metric, by any group, over any window: drawn, kept, pinned. */

import { useState } from "preact/hooks";
import { configurationOf, type Question } from "../../api/charts.ts";
import { get, send } from "../../api/client.ts";
import { change, type Route } from "../../router.ts";
import { Dialog, Field, Form } from "../../ui/dialog.tsx";
import { ByGroup, OverTime } from "../../ui/drawn.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import type { Span } from "../../window.ts";
import { Filters, filtersOf, keepFilters } from "./filters.tsx";
import { adds, AVAILABLE, type Available, type Metric, metricOf, unitOf } from "./metrics.ts";
import { SavedCharts } from "./saved.tsx";

/** What the query of the page asks. */
function questionOf(route: Route, span: Span, available?: Available): Question {
  const asked = (name: string, otherwise: string) => route.query.get(name) ?? otherwise;
  const metric = asked("metric", "totalCost"), calculation = asked("calculation", "total");
  const known = available && metricOf(available, metric);
  return {
    span,
    metric,
    calculation,
    groupBy: asked("group", ""),
    grain: asked("grain", ""),
    limit: Number(asked("limit", "7")),
    over: asked("over", "time") === "time",
    compare: asked("compare", "") === "yes",
    filters: filtersOf(route.query),
    unit: unitOf(known, calculation),
  };
}

export default function Explorer({ route, span }: PageProperties) {
  const [saving, setSaving] = useState(false);
  const [saved, setSaved] = useState(0);
  const asked = useAnswer((signal) => get(AVAILABLE, { signal }), []);
  const available = asked.value?.data;
  const question = questionOf(route, span, available);
  const metric = available && metricOf(available, question.metric!);
  return (
    <>
      <Head
        title="Explorer"
        lead="Any metric by any group. The address of this page is the question: send it on."
      >
        <button type="button" class="primary" onClick={() => setSaving(true)}>
          Save as a chart
        </button>
      </Head>
      <section class="panel">
        <Loaded of={asked}>
          {({ data }) => <Controls route={route} available={data} question={question} />}
        </Loaded>
        {available && (
          <Filters
            key={question.metric}
            query={route.query}
            choices={choicesOf(available, metric)}
          />
        )}
      </section>
      {available && (question.over
        ? (
          <OverTime
            title="Over time"
            question={question}
            adds={adds(metric, question.calculation)}
          />
        )
        : <ByGroup title={question.groupBy ? "By group" : "In all"} question={question} />)}
      <SavedCharts turn={saved} />
      {saving && (
        <Save
          question={question}
          close={() => setSaving(false)}
          done={() => setSaved(saved + 1)}
        />
      )}
    </>
  );
}

/** By what a metric may be grouped and filtered, with its words. */
function choicesOf(available: Available, metric: Metric | undefined): [string, string][] {
  const known = available.groupings.filter((each) =>
    !metric?.groupings || metric.groupings.some((own) => own === each.key)
  );
  return known.map(({ key, label }) => [key, label]);
}

function Controls(
  { route, available, question }: { route: Route; available: Available; question: Question },
) {
  const metric = metricOf(available, question.metric!);
  const words = (pairs: { key: string; label: string }[]): [string, string][] =>
    pairs.map(({ key, label }) => [key, label]);
  const plain = (values: string[]): [string, string][] => values.map((value) => [value, value]);
  const choose = (name: string) => (value: string) => change({ [name]: value });
  const chooseMetric = (value: string) => {
    const next = metricOf(available, value), possible = next?.calculationTypes ?? [];
    const fits = (dimension: string) =>
      choicesOf(available, next).some(([each]) => each === dimension);
    change({
      metric: value,
      calculation: possible.includes("total") ? "" : possible[0] ?? "",
      group: fits(question.groupBy ?? "") ? question.groupBy! : "",
    });
    keepFilters((each) => fits(each.dimension));
  };
  return (
    <div class="filters">
      <Pick
        label="Metric"
        value={question.metric!}
        options={words(available.metrics)}
        choose={chooseMetric}
      />
      <Pick
        label="As"
        value={question.calculation!}
        options={plain(metric?.calculationTypes ?? ["total"])}
        choose={choose("calculation")}
      />
      <Pick
        label="Shown"
        value={question.over ? "time" : "groups"}
        options={[["time", "over time"], ["groups", "in all"]]}
        choose={choose("over")}
      />
      <Pick
        label="By"
        value={question.groupBy ?? ""}
        options={[["", "(no groups)"], ...choicesOf(available, metric)]}
        choose={choose("group")}
      />
      {question.over && (
        <Pick
          label="Buckets"
          value={question.grain ?? ""}
          options={plain(available.timeGrains).map((
            [each, word],
          ) => [each === "auto" ? "" : each, word])}
          choose={choose("grain")}
        />
      )}
      {question.groupBy && (
        <Pick
          label="Named groups"
          value={String(question.limit)}
          options={plain(["3", "5", "7", "15", "30"])}
          choose={choose("limit")}
        />
      )}
      <Pick
        label="Compared"
        value={route.query.get("compare") ?? ""}
        options={[["", "with nothing"], ["yes", "with the span before"]]}
        choose={choose("compare")}
      />
    </div>
  );
}

interface PickProperties {
  label: string;
  value: string;
  options: [string, string][];
  choose: (value: string) => void;
}

function Pick({ label, value, options, choose }: PickProperties) {
  return (
    <label>
      {label}
      <select
        aria-label={label}
        value={value}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {options.map(([each, words]) => <option key={each} value={each}>{words}</option>)}
      </select>
    </label>
  );
}

function Save(
  { question, close, done }: { question: Question; close: () => void; done: () => void },
) {
  const keep = (values: Record<string, string>) => {
    const definition = {
      name: values.name!,
      // A member of our own: the API keeps a configuration as it was sent.
      configuration: { ...configurationOf(question), pinned: values.pinned === "on" },
    };
    return send("post", "/profitstream/v2/api/reports/chart-definitions", definition);
  };
  const finish = () => {
    done();
    close();
  };
  return (
    <Dialog title="Save as a chart" close={close}>
      <Form submit="Save" send={keep} done={finish}>
        <Field label="Name" name="name" required />
        <label class="check">
          <input type="checkbox" name="pinned" />
          <span>Show it on the overview</span>
        </label>
      </Form>
    </Dialog>
  );
}
