/** Figures in the viewer's words. Intl reads the text of a number exactly, so that no digit is lost
 * on the way; what is rounded is shown whole on demand. */

import type { Figure } from "../api/figure.ts";

/** Amounts below one are told to three digits that mean something, and never less than cents. */
const DIGITS_THAT_MEAN = 3;
const formats = new Map<string, Intl.NumberFormat>();

function format(figure: Figure, options: Intl.NumberFormatOptions): string {
  const name = JSON.stringify(options);
  let made = formats.get(name);
  if (!made) formats.set(name, made = new Intl.NumberFormat(undefined, options));
  return made.format(figure as unknown as Intl.StringNumericLiteral);
}

/** All digits that the API told, with the separators of the locale. */
export function allDigits(figure: Figure, options: Intl.NumberFormatOptions = {}): string {
  const { minimumFractionDigits = 0 } = options;
  return format(figure, { ...options, minimumFractionDigits, maximumFractionDigits: 30 });
}

/** Money to the cent; amounts below one to three digits that mean something. */
export function shortMoney(figure: Figure, currency: string): string {
  const size = Math.abs(Number(figure));
  const currencyOptions = { style: "currency", currency, currencyDisplay: "narrowSymbol" } as const;
  const zeros = size > 0 && size < 1 ? -Math.floor(Math.log10(size)) - 1 : -1;
  const places = zeros < 0 ? 2 : Math.min(30, zeros + DIGITS_THAT_MEAN);
  return format(figure, {
    ...currencyOptions,
    minimumFractionDigits: 2,
    maximumFractionDigits: places,
  });
}

/** Money with every digit, and its cents. */
export function wholeMoney(figure: Figure, currency: string): string {
  return allDigits(figure, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 2,
  });
}

/** A fraction as percent, to a tenth. */
export function shortShare(figure: Figure): string {
  return format(figure, { style: "percent", maximumFractionDigits: 1 });
}

/** A number of things; from a million on in four digits. */
export function shortCount(figure: Figure): string {
  return Math.abs(Number(figure)) < 1_000_000
    ? format(figure, { maximumFractionDigits: 2 })
    : format(figure, { notation: "compact", maximumSignificantDigits: 4 });
}

/** Milliseconds as a time that one has a feeling for. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor(seconds % 3_600 / 60)} min`;
}
