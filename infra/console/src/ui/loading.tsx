/** Answers on their way: empty, loading and failed states that say what to do. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Refused, scopeLacking } from "../api/client.ts";

const BUSY = 503;
const PAUSES_MS = [500, 1_500];

/** What is known of an answer: at first nothing; while it is asked for again, the former one. */
export interface Asked<T> {
  value?: T;
  error?: Error;
  again: () => void;
}

/** Ask, and ask again when one of `on` changes; an answer that is late for that is dropped. */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>, on: unknown[]): Asked<T> {
  const [state, setState] = useState<{ value?: T; error?: Error }>({});
  const [turn, setTurn] = useState(0);
  const asking = useRef(ask);
  asking.current = ask;
  useEffect(() => {
    const stop = new AbortController();
    patiently(() => asking.current(stop.signal)).then(
      (value) => setState({ value }),
      (error) => stop.signal.aborted || setState({ error }),
    );
    return () => stop.abort();
  }, [...on, turn]);
  return { ...state, again: () => setTurn(turn + 1) };
}

/** What is asked, again after a pause while the server says that it is busy: a lake that is being
 * rewritten is there a moment later. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refused && error.status === BUSY)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return await ask();
}

/** Shows an answer once it is there. */
export function Loaded<T>(
  { of, children }: { of: Asked<T>; children: (value: T) => ComponentChildren },
) {
  if (of.error) return <Failed error={of.error} again={of.again} />;
  if (of.value === undefined) return <p class="loading" role="status">Loading …</p>;
  return <>{children(of.value)}</>;
}

const ADVICE: Record<number, string> = {
  0: "The server does not answer. Is it running, and is this machine on the network?",
  401:
    "The key is not valid (any more). Sign in with another one; `meterlake keys create` makes one.",
  404: "It is not there (any more), or the link is of another team.",
  429: "The server asks for a pause. Wait a moment, then try again.",
  503: "The server is busy or its lake is being repaired. Try again in a moment.",
};

/** How one makes a key that has a scope and all that the console reads. */
function makingOf(scope: string): string {
  const more = scope === "admin"
    ? " --scope read --scope write --scope metering --scope admin"
    : "";
  return `\`meterlake keys create${more}\``;
}

/** What failed, and what to do about it. */
export function Failed({ error, again }: { error: Error; again?: () => void }) {
  const refused = error instanceof Refused ? error : undefined;
  const status = refused?.status ?? (error instanceof TypeError ? 0 : -1);
  const scope = scopeLacking(error);
  const advice = scope ? `A key with that scope can: ${makingOf(scope)}.` : ADVICE[status];
  return (
    <div class="failed" role="alert">
      <p>
        <strong>{refused ? error.message : status === 0 ? "No answer" : error.message}</strong>
      </p>
      {refused && refused.faults.length > 0 && (
        <ul>{refused.faults.map((fault) => <li key={fault}>{fault}</li>)}</ul>
      )}
      {advice && <p>{advice}</p>}
      {refused?.requestId && <p class="quiet">Request {refused.requestId}</p>}
      {again && <button type="button" onClick={again}>Try again</button>}
    </div>
  );
}

/** Nothing there, and how there would be something. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children && <div>{children}</div>}
    </div>
  );
}
