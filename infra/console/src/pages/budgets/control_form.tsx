/** Make a limit, or edit one. */

import { useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import { AMOUNT, Choice, Dialog, Field, Form, numberOf } from "../../ui/dialog.tsx";
import { DIMENSIONS } from "../explorer/filters.tsx";
import { DryRun } from "./dry_run.tsx";
import type { Control } from "./controls.tsx";

const PATH = "/profitstream/v2/api/ai/cost-controls";
export const WINDOWS: Record<string, string> = {
  HOURLY: "an hour",
  DAILY: "a day",
  WEEKLY: "a week",
  MONTHLY: "a month",
  QUARTERLY: "a quarter",
  YEARLY: "a year",
};
const METRICS: [string, string][] = [
  ["TOTAL_COST", "Cost, USD"],
  ["TOKEN_COUNT", "Tokens"],
  ["INPUT_TOKEN_COUNT", "Input tokens"],
  ["OUTPUT_TOKEN_COUNT", "Output tokens"],
  ["ERROR_COUNT", "Failed calls"],
  ["IMAGE_COUNT", "Images"],
];

/** Whether what is counted is money. */
export function isMoney(metric: string): boolean {
  return metric === "TOTAL_COST";
}

export function EditControl(
  { control, close, done }: { control: Partial<Control>; close: () => void; done: () => void },
) {
  const [dimension, setDimension] = useState(control.filters?.[0]?.dimension ?? "");
  const keep = (values: Record<string, string>) => {
    const body = bodyOf(values);
    return control.id
      ? send("patch", `${PATH}/{id}`, body as never, { places: { id: control.id } })
      : send("post", PATH, body as never);
  };
  const finish = () => {
    done();
    close();
  };
  const filter = control.filters?.[0];
  return (
    <Dialog title={control.id ? `Edit “${control.name}”` : "New limit"} close={close}>
      <Form submit={control.id ? "Keep" : "Make it"} send={keep} done={finish}>
        <Field label="Name" name="name" value={control.name ?? ""} required />
        <div class="pair">
          <Choice
            label="Counts"
            name="metricType"
            options={METRICS}
            value={control.metricType ?? "TOTAL_COST"}
          />
          <Choice
            label="In"
            name="windowType"
            options={Object.entries(WINDOWS)}
            value={control.windowType ?? "MONTHLY"}
          />
        </div>
        <div class="pair">
          <Field
            label="Limit"
            name="hardLimit"
            type="text"
            value={control.hardLimit ?? ""}
            required
            pattern={AMOUNT}
          />
          <Field
            label="Warn at"
            name="warnThreshold"
            value={control.warnThreshold ?? ""}
            pattern={AMOUNT}
            hint="empty: only at the limit"
          />
        </div>
        <div class="pair">
          <Choice
            label="When it is gone"
            name="action"
            options={[["BLOCK", "stop the next call"], ["WARN_ONLY", "warn"]]}
            value={control.action ?? "BLOCK"}
          />
          <Choice
            label="Trying it out"
            name="shadowMode"
            options={[["", "no: it is in force"], ["on", "yes: only say what it would stop"]]}
            value={control.shadowMode ? "on" : ""}
          />
        </div>
        <div class="pair">
          <Choice
            label="Only calls of a"
            name="dimension"
            options={[["", "(all calls)"], ...DIMENSIONS]}
            value={dimension}
            change={setDimension as (value: string) => void}
          />
          {dimension && <Field label="that is" name="value" value={filter?.value ?? ""} required />}
        </div>
        <Choice
          label="A limit for each"
          name="groupBy"
          options={[["", "(one for all)"], ...DIMENSIONS]}
          value={control.groupBy ?? ""}
        />
        <Field
          label="What callers are told"
          name="denyMessage"
          value={control.denyMessage ?? ""}
          hint="may hold {spent}, {limit}, {window}, {model}"
        />
        <DryRun bodyOf={(values) => bodyOf({ ...values, name: values.name || "tried" })} />
      </Form>
    </Dialog>
  );
}

function bodyOf(values: Record<string, string>): object {
  return {
    name: values.name,
    metricType: values.metricType,
    windowType: values.windowType,
    action: values.action,
    hardLimit: numberOf(values.hardLimit),
    warnThreshold: numberOf(values.warnThreshold),
    shadowMode: values.shadowMode === "on",
    groupBy: values.groupBy || null,
    denyMessage: values.denyMessage || null,
    filters: values.dimension
      ? [{ dimension: values.dimension, operator: "IS", value: values.value }]
      : [],
  };
}
