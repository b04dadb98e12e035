import { spanOf } from "../src/window.ts";
import { equal } from "./equal.ts";

const NOW = new Date("2026-03-01T06:30:00.000Z");
const of = (query: string) => spanOf(new URLSearchParams(query), NOW);

Deno.test("without a word it is 30 days", () => {
  equal(of(""), {
    start: "2026-01-30T06:30:00.000Z",
    end: "2026-03-01T06:30:00.000Z",
    name: "30 days",
  });
});
Deno.test("days and months are those of UTC", () => {
  equal(of("window=today").start, "2026-03-01T00:00:00.000Z");
  equal(of("window=month").start, "2026-03-01T00:00:00.000Z");
  equal(of("window=lastmonth"), {
    start: "2026-02-01T00:00:00.000Z",
    end: "2026-03-01T00:00:00.000Z",
    name: "last month",
  });
});
Deno.test("days from and to are both in it, as far as they are over", () => {
  equal(of("from=2026-02-01&to=2026-02-02"), {
    start: "2026-02-01T00:00:00.000Z",
    end: "2026-02-03T00:00:00.000Z",
    name: "2026-02-01 to 2026-02-02",
  });
  equal(of("from=2026-02-28&to=2026-03-01").end, NOW.toISOString());
});
Deno.test("days in the wrong order or no days at all are none", () => {
  equal(of("from=2026-02-03&to=2026-02-01").name, "30 days");
  equal(of("from=2026-02-03&to=x").name, "30 days");
  equal(of("window=17d").name, "30 days");
});
