/** What a total misses, beside the total. */

import { linkTo } from "../router.ts";

/** How many calls a total is of, and how many of those have no known cost: from the headers that
 * every report has. Where a span is held against the one before, they count the calls of both. */
export function Coverage({ headers, compared = false }: { headers: Headers; compared?: boolean }) {
  const told = headers.get("X-Meterlake-Unpriced-Calls");
  const flat = headers.get("X-Meterlake-Flat-Plan-Calls");
  const days = headers.get("X-Meterlake-Incomplete-Days");
  const [unpriced = "", all = ""] = (told ?? "").split("/");
  const span = compared ? ", with the span before," : "";
  return (
    <p class="coverage">
      {told && unpriced !== "0" && (
        <a href={linkTo("models", "unpriced")} class="warn">
          {inWords(unpriced)} of {inWords(all)} {all === "1" ? "call" : "calls"}
          {span} without a known price
        </a>
      )}
      {told && unpriced === "0" && (
        <span>
          {all === "0" ? "no calls" : all === "1" ? "the one call" : `all ${inWords(all)} calls`}
          {all === "0" ? span.replace(/,$/, "") : `${span} priced`}
        </span>
      )}
      {flat && (
        <a href={linkTo("settings", "assistants")}>
          left out, flat plan: {flat.replaceAll("=", " ")}
        </a>
      )}
      {days && <span class="bad">the lake misses something of {days}</span>}
    </p>
  );
}

function inWords(digits: string): string {
  return new Intl.NumberFormat().format(digits as unknown as Intl.StringNumericLiteral);
}
