import type { Figure } from "../src/api/figure.ts";
import { toCsv } from "../src/ui/chart/series.ts";
import { equal } from "./equal.ts";

Deno.test("a file holds the digits of the API, and no formula", () => {
  const text = toCsv({
    along: ["=2+3", 'a "b", c', "plain"],
    grain: "",
    unit: "USD",
    series: [{
      name: "Total cost",
      values: ["0.100000000000000000001" as Figure, null, "-5" as Figure],
    }],
  });
  equal(text.split("\r\n"), [
    "group,Total cost",
    "'=2+3,0.100000000000000000001",
    '"a ""b"", c",',
    "plain,-5",
    "",
  ]);
});
