/** What the chart builder offers, and how it is drawn. */

import type { AnswerOf } from "../../api/client.ts";

export const AVAILABLE = "/profitstream/v2/api/reports/chart-builder/available-data";
export type Available = AnswerOf<typeof AVAILABLE>;
export type Metric = Available["metrics"][number];

/** A metric by its key. */
export function metricOf(available: Available, key: string): Metric | undefined {
  return available.metrics.find((each) => each.key === key);
}

/** The unit of what is made of a metric. */
export function unitOf(metric: Metric | undefined, calculation = "total"): string {
  if (calculation === "percentage" || metric?.unit === "percent") return "%";
  return metric?.unit ?? "count";
}

/** Whether the buckets and groups of a metric add up: only then may they stand on each other. A
 * call counts under every budget that it passes. */
export function adds(metric: Metric | undefined, calculation = "total"): boolean {
  return calculation === "total" && metric?.key !== "budgetUsed";
}
