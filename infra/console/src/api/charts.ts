/** The chart builder's doors: the one place that the console asks for figures over time and by
 * group. */

import type { Data } from "../ui/chart/series.ts";
import type { Span } from "../window.ts";
import { addressOf, type Answer, send } from "./client.ts";
import type { Figure } from "./figure.ts";
import type { components } from "./schema.d.ts";
import { session } from "../session.ts";

export type Configuration = components["schemas"]["ChartConfiguration"];
export const GENERATE = "/profitstream/v2/api/reports/chart-builder/generate";

export interface Drawn {
  data: Data;
  total: Figure | null;
  headers: Headers;
  curl: string;
}

/** What is asked: a metric over a window, by a group, of some calls. */
export interface Question {
  span: Span;
  metric?: string;
  calculation?: string;
  groupBy?: string;
  grain?: string;
  limit?: number;
  compare?: boolean;
  /** Over time, or one figure a group. */
  over?: boolean;
  unit?: string;
  filters?: Configuration["filters"];
}

/** The configuration that a question is to the chart builder. */
export function configurationOf(question: Question): Configuration {
  const { span, metric = "totalCost", calculation = "total", over = false } = question;
  return {
    chartType: "column",
    mode: over ? "time" : "aggregate",
    dateRange: "custom",
    startDate: span.start,
    endDate: span.end,
    primaryMetric: {
      baseMetric: metric,
      calculationType: calculation,
    } as Configuration["primaryMetric"],
    comparePrevious: question.compare ?? false,
    ...(question.groupBy ? { groupBy: question.groupBy, limit: question.limit ?? 7 } : {}),
    ...(question.grain
      ? { timeGrain: question.grain as NonNullable<Configuration["timeGrain"]> }
      : {}),
    ...(question.filters?.length ? { filters: question.filters } : {}),
  };
}

/** Ask. */
export async function draw(question: Question, signal?: AbortSignal): Promise<Drawn> {
  const configuration = configurationOf(question);
  const answer = await send("post", GENERATE, { configuration }, signal ? { signal } : {});
  return drawnFrom(answer, configuration, question.unit ?? "USD");
}

type Generated = Awaited<ReturnType<typeof send<"post", typeof GENERATE>>>["data"];

/** An answer of the chart builder, as charts read it. */
export function drawnFrom(
  answer: Answer<Generated>,
  configuration: Configuration,
  unit: string,
): Drawn {
  const { categories, series, timeGrain, total } = answer.data;
  return {
    data: {
      along: categories,
      grain: timeGrain ?? "",
      unit,
      series: series.map((each) => ({
        name: each.name,
        values: each.data,
        before: each.key.endsWith(":before"),
      })),
    },
    total: total ?? null,
    headers: answer.headers,
    curl: curlOf("POST", addressOf(GENERATE, { teamId: session.team }), { configuration }),
  };
}

/** The call as a command. The key is not in it: commands are pasted into chats. */
export function curlOf(method: string, url: string, body?: unknown): string {
  const lines = [`curl -s ${method === "GET" ? "" : `-X ${method} `}'${url}' -H "x-api-key: $KEY"`];
  if (body !== undefined) {
    lines.push(
      `  -H 'Content-Type: application/json' -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
    );
  }
  return lines.join(" \\\n");
}
