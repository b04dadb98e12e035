/** Money, counts, shares and times on a page. */

import type { ComponentChildren } from "preact";
import { type Figure, isZero, measure } from "../api/figure.ts";
import { allDigits, duration, shortCount, shortMoney, shortShare, wholeMoney } from "./digits.ts";
import { usePreferences } from "./preferences.ts";

type Known<T> = T | null | undefined;

/** An amount of money: to the cent, all digits on demand. An unknown one is never 0. */
export function Money({ of, currency = "USD" }: { of: Known<Figure>; currency?: string }) {
  const { digits } = usePreferences();
  if (of === null || of === undefined) return <Unknown />;
  const whole = wholeMoney(of, currency);
  return <data value={of} title={whole}>{digits === "all" ? whole : shortMoney(of, currency)}
  </data>;
}

/** A cost of several calls. Where none of them has a known price it is unknown, whatever the sum of
 * nothing is. */
export function Cost({ of, unpriced }: { of: Known<Figure>; unpriced: Known<Figure> }) {
  return isUnknown(of, unpriced) ? <Unknown /> : <Money of={of} />;
}

/** What is made by dividing: a share, a mean, a ratio. Of nothing there is none, where the API has to
 * tell a number: `by` counts what it is of. */
export function Divided({ by, children }: { by: Known<Figure>[]; children: ComponentChildren }) {
  return by.every((each) => measure(each) === 0) ? <None /> : <>{children}</>;
}

/** Where there is nothing to tell. */
export function None() {
  return <span class="unknown">–</span>;
}

/** Whether nothing is known of a sum of which some parts have no price: its 0 is none. */
export function isUnknown(of: Known<Figure>, unpriced: Known<Figure>): boolean {
  return isZero(of) && measure(unpriced) > 0;
}

/** A number of things with their word, which is another one for a single thing. */
export function Things({ of, one, many = `${one}s` }: {
  of: Known<Figure>;
  one: string;
  many?: string;
}) {
  return (
    <>
      <Count of={of} /> {measure(of) === 1 ? one : many}
    </>
  );
}

/** An amount that was added or taken away. */
export function Signed({ of, currency = "USD" }: { of: Known<Figure>; currency?: string }) {
  return (
    <span>
      {measure(of) > 0 && "+"}
      <Money of={of} currency={currency} />
    </span>
  );
}

/** What nobody knows. */
export function Unknown() {
  return <span class="unknown" title="not known; never counted as 0">unknown</span>;
}

/** A number of calls, tokens and the like. */
export function Count({ of, unit = "" }: { of: Known<Figure>; unit?: string }) {
  const { digits } = usePreferences();
  if (of === null || of === undefined) return <None />;
  const whole = allDigits(of);
  return (
    <data value={of} title={whole}>
      {digits === "all" ? whole : shortCount(of)}
      {unit && ` ${unit}`}
    </data>
  );
}

/** A number of percent. */
export function Percent({ of }: { of: Known<Figure> }) {
  const { digits } = usePreferences();
  if (of === null || of === undefined) return <None />;
  const whole = allDigits(of) + " %";
  return <data value={of} title={whole}>{digits === "all" ? whole : `${shortCount(of)} %`}</data>;
}

/** A fraction, as percent. */
export function Share({ of }: { of: Known<Figure> }) {
  const { digits } = usePreferences();
  if (of === null || of === undefined) return <None />;
  const whole = allDigits(of, { style: "percent" });
  return <data value={of} title={whole}>{digits === "all" ? whole : shortShare(of)}</data>;
}

/** A duration in milliseconds. */
export function Took({ of }: { of: Known<Figure> }) {
  return of === null || of === undefined
    ? <None />
    : <data value={of} title={allDigits(of) + " ms"}>{duration(Number(of))}</data>;
}

/** An instant, in the zone that the viewer chose; the header says which. */
export function When({ at, date = false }: { at: Known<string>; date?: boolean }) {
  const { zone } = usePreferences();
  if (!at) return <None />;
  return <time dateTime={at} title={at}>{instant(at, zone, date)}</time>;
}

/** An instant in words. */
export function instant(at: string, zone: "UTC" | "local", date = false): string {
  const options: Intl.DateTimeFormatOptions = date
    ? { dateStyle: "medium" }
    : { dateStyle: "medium", timeStyle: "medium" };
  if (zone === "UTC") options.timeZone = "UTC";
  return new Intl.DateTimeFormat(undefined, options).format(new Date(at));
}
