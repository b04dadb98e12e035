/** Numbers as the API wrote them. A JavaScript number would round money behind the last digit that
 * it can hold, so answers are read as texts and only geometry is computed in numbers. */

declare const exact: unique symbol;

/** The text of a number, with all its digits. */
export type Figure = string & { readonly [exact]: true };

/** A type of the contract, with a Figure wherever it says number. */
export type Figures<T> = T extends number ? Figure
  : T extends (infer Item)[] ? Figures<Item>[]
  : T extends object ? { [Name in keyof T]: Figures<T[Name]> }
  : T;

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown;

/** JSON with every number as the text that stands in it. Throws where the browser cannot say. */
export function parseExactly(text: string): unknown {
  const revive: Reviver = (_key, value, context) => {
    if (typeof value !== "number") return value;
    if (context?.source === undefined) {
      throw new Error(
        "This browser rounds numbers: the console needs Chrome 114, Firefox 135 or Safari 18.4",
      );
    }
    return context.source;
  };
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}

/** A number for geometry: the length of a bar, the height of a point. Never shown. */
export function measure(figure: Figure | number | null | undefined): number {
  return figure === null || figure === undefined ? 0 : Number(figure);
}

/** Whether a figure is nothing at all; unknown is not nothing. */
export function isZero(figure: Figure | null | undefined): boolean {
  return figure !== null && figure !== undefined && Number(figure) === 0;
}

/** A figure times ten to a power: its digits stay, the point moves. */
export function shifted(figure: Figure, places: number): Figure {
  const [digits = "0", power = "0"] = figure.toLowerCase().split("e");
  return `${digits}e${Number(power) + places}` as Figure;
}

/** JSON whose numbers are written again as they stand in it. */
export function keepExactly(text: string): unknown {
  // Of ES2026, and not yet among the types.
  const json = JSON as unknown as { rawJSON: (source: string) => unknown };
  const keep: Reviver = (_key, value, context) =>
    typeof value === "number" && context?.source ? json.rawJSON(context.source) : value;
  return JSON.parse(text, keep as Parameters<typeof JSON.parse>[1]);
}

/** An answer with line breaks, every number as it stands in it. */
export function indented(text: string): string {
  return JSON.stringify(keepExactly(text), null, 1);
}

/** USD a token, from USD a million tokens: the point moves, so that no digit changes. */
export function perToken(text: string): number | null {
  return text.trim() === "" ? null : Number(`${text.trim()}e-6`);
}
