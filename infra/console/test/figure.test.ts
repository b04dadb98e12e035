import { indented, parseExactly, perToken, shifted } from "../src/api/figure.ts";
import { allDigits, shortMoney, wholeMoney } from "../src/ui/digits.ts";
import type { Figure } from "../src/api/figure.ts";
import { equal } from "./equal.ts";

Deno.test("a number keeps the digits that stand in the answer", () => {
  const text =
    '{"a": 0.100000000000000000001, "b": [12345678901234567890, 1E-9], "c": "1.50", "d": null}';
  equal(parseExactly(text), {
    a: "0.100000000000000000001",
    b: ["12345678901234567890", "1E-9"],
    c: "1.50",
    d: null,
  });
});
Deno.test("money is shown to the last digit on demand", () => {
  equal(wholeMoney("409.325849050000000001" as Figure, "USD"), "$409.325849050000000001");
  equal(wholeMoney("7" as Figure, "USD"), "$7.00");
  equal(wholeMoney("1E-9" as Figure, "USD"), "$0.000000001");
});
Deno.test("short money is to the cent, and never $0.00 for what is something", () => {
  equal(shortMoney("1234.5" as Figure, "USD"), "$1,234.50");
  equal(shortMoney("0.00018" as Figure, "USD"), "$0.00018");
  equal(shortMoney("0.0196543" as Figure, "USD"), "$0.0197");
  equal(shortMoney("0.5" as Figure, "USD"), "$0.50");
  equal(shortMoney("-0.5" as Figure, "USD"), "-$0.50");
  equal(shortMoney("0" as Figure, "USD"), "$0.00");
});
Deno.test("counts beyond what a double holds keep their digits", () => {
  equal(allDigits("9007199254740993" as Figure), "9,007,199,254,740,993");
});
Deno.test("prices move their point and keep their digits", () => {
  equal(wholeMoney(shifted("1.5E-7" as Figure, 6), "USD"), "$0.15");
  equal(wholeMoney(shifted("0.000008" as Figure, 6), "USD"), "$8.00");
  equal(
    JSON.stringify([perToken("0.15"), perToken(" 3 "), perToken("")]),
    "[1.5e-7,0.000003,null]",
  );
});
Deno.test("an answer is shown with the numbers that stand in it", () => {
  equal(
    indented('{"cost":0.100000000000000000001,"n":[1.0]}').replace(/\s/g, ""),
    '{"cost":0.100000000000000000001,"n":[1.0]}',
  );
});
