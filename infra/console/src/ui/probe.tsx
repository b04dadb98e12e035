/** A question in a form, asked of the values that stand in it before anything is sent. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Failed } from "./loading.tsx";

interface Properties<T> {
  words: string;
  ask: (values: Record<string, string>) => Promise<T>;
  children: (found: T) => ComponentChildren;
}

/** A button, and the answer below it; a form that is not filled in says so first. */
export function Probe<T>({ words, ask, children }: Properties<T>) {
  const [found, setFound] = useState<{ value: T }>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const look = async (event: MouseEvent) => {
    const form = (event.currentTarget as HTMLButtonElement).form!;
    if (!form.reportValidity()) return;
    setBusy(true);
    setError(undefined);
    setFound(undefined);
    try {
      const values = Object.fromEntries(new FormData(form)) as Record<string, string>;
      setFound({ value: await ask(values) });
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="probe">
      <button type="button" onClick={look} disabled={busy}>{busy ? "…" : words}</button>
      {error && <Failed error={error} />}
      {found && <div role="status">{children(found.value)}</div>}
    </div>
  );
}
