import type { Figure } from "../src/api/figure.ts";
import { barOf, ROW, rowsInView } from "../src/ui/chart/waterfall.ts";
import { equal } from "./equal.ts";

const span = (offset: number, duration: number) => ({
  offset: String(offset) as Figure,
  duration: String(duration) as Figure,
});

Deno.test("a bar lies where its span does", () => {
  equal(barOf(span(0, 1_000), 1_000), { x: 0, width: 100 });
  equal(barOf(span(250, 500), 1_000), { x: 25, width: 50 });
});
Deno.test("a bar can be seen, and never leaves the picture", () => {
  equal(barOf(span(0, 0), 1_000), { x: 0, width: 0.25 });
  equal(barOf(span(1_000, 0), 1_000), { x: 99.75, width: 0.25 });
  equal(barOf(span(900, 500), 1_000), { x: 90, width: 10 });
  equal(barOf(span(0, 5), 0), { x: 0, width: 100 });
});
Deno.test("of thirty thousand rows those in view are rendered", () => {
  equal(rowsInView(0, 520, 30_000), [0, 32]);
  equal(rowsInView(10_000 * ROW, 520, 30_000), [9_988, 10_032]);
  equal(rowsInView(29_990 * ROW, 520, 30_000), [29_978, 30_000]);
  equal(rowsInView(5_000, 520, 3), [3, 3]);
});
