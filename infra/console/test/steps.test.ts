import type { Figure } from "../src/api/figure.ts";
import { placeSteps } from "../src/ui/chart/steps.ts";
import { daysOf } from "../src/window.ts";
import { equal } from "./equal.ts";

const total = (value: string) => ({ name: value, value: value as Figure, total: true });
const part = (value: string) => ({ name: value, value: value as Figure });

Deno.test("a part begins where the former one ended", () => {
  const { places, whole } = placeSteps([total("50"), part("50"), part("-25"), total("75")]);
  equal(whole, true);
  equal(places, [
    { from: 0, length: 50 },
    { from: 50, length: 50 },
    { from: 75, length: 25 },
    { from: 0, length: 75 },
  ]);
});
Deno.test("small parts are looked at closely", () => {
  const { places, whole } = placeSteps([total("1000"), part("4"), total("1004")]);
  equal(whole, false);
  equal(places[1], { from: 20, length: 80 });
});
Deno.test("what falls below nothing has room", () => {
  const { places } = placeSteps([total("10"), part("-20"), total("-10")]);
  equal(places[1], { from: 0, length: 100 });
  equal(places[2], { from: 0, length: 50 });
});
Deno.test("nothing at all is drawn as nothing", () => {
  equal(placeSteps([total("0"), total("0")]).places[0], { from: 0, length: 0 });
});
Deno.test("bills are asked for by whole days, the last one is in the window", () => {
  const span = { start: "2026-02-01T00:00:00.000Z", end: "2026-03-01T00:00:00.000Z", name: "" };
  equal(daysOf(span), { period: "custom", startDate: "2026-02-01", endDate: "2026-02-28" });
});
