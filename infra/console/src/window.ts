/** The window that a page looks at. All its figures are of this one, whose end is fixed when the
 * page is opened or read again. */

export interface Span {
  start: string;
  end: string;
  name: string;
}

const DAY_MS = 86_400_000;

const DATE = /^\d{4}-\d\d-\d\d$/;

/** Windows by name, in days; the calendar ones are UTC's, as budgets and reports are. */
const DAYS: Record<string, number> = { "24h": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365 };

export const WINDOWS: [string, string][] = [
  ["today", "Today"],
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["month", "This month"],
  ["lastmonth", "Last month"],
  ["90d", "90 days"],
  ["365d", "A year"],
];

/** The first instant of the UTC day. */
export function startOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
}

/** The first instant of the UTC month `months` ago. */
export function startOfMonth(now: Date, months = 0): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1));
}

/** The window of a query; 30 days when it says nothing. A custom one is whole UTC days. */
export function spanOf(query: URLSearchParams, now: Date): Span {
  const from = query.get("from"), to = query.get("to");
  if (from && to && DATE.test(from) && DATE.test(to) && from <= to) {
    const end = new Date(Date.parse(to) + DAY_MS);
    return {
      start: new Date(from).toISOString(),
      end: (end < now ? end : now).toISOString(),
      name: `${from} to ${to}`,
    };
  }
  const name = query.get("window") ?? "30d";
  if (name === "today") return span(startOfDay(now), now, "today");
  if (name === "month") return span(startOfMonth(now), now, "this month");
  if (name === "lastmonth") return span(startOfMonth(now, 1), startOfMonth(now), "last month");
  const days = DAYS[name] ?? 30;
  return span(
    new Date(now.getTime() - days * DAY_MS),
    now,
    days === 1 ? "24 hours" : `${days} days`,
  );
}

/** The whole UTC days that a window touches, as bills are asked for; its end is exclusive. */
export function daysOf(span: Span): { period: "custom"; startDate: string; endDate: string } {
  const last = new Date(Date.parse(span.end) - 1).toISOString();
  return { period: "custom", startDate: span.start.slice(0, 10), endDate: last.slice(0, 10) };
}

function span(start: Date, end: Date, name: string): Span {
  return { start: start.toISOString(), end: end.toISOString(), name };
}
