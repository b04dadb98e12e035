/** Native dialogs, and the forms in them. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Failed } from "./loading.tsx";

/** A dialog that is open as long as it is rendered; Escape closes it. */
export function Dialog(
  { title, close, children }: { title: string; close: () => void; children: ComponentChildren },
) {
  const place = useRef<HTMLDialogElement>(null);
  useEffect(() => place.current!.showModal(), []);
  return (
    <dialog ref={place} onClose={close} aria-labelledby="dialog-title">
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button
          type="button"
          class="plain"
          aria-label="Close"
          onClick={() => place.current!.close()}
        >
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface FormProperties {
  submit: string;
  send: (values: Record<string, string>) => Promise<unknown>;
  done: () => void;
  children: ComponentChildren;
}

/** A form whose values are texts by the names of its fields; what the API refuses stands below it. */
export function Form({ submit, send, done, children }: FormProperties) {
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  async function act(event: SubmitEvent) {
    event.preventDefault();
    const values = Object.fromEntries(
      new FormData(event.currentTarget as HTMLFormElement),
    ) as Record<string, string>;
    setBusy(true);
    setError(undefined);
    try {
      await send(values);
      done();
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form class="form" onSubmit={act}>
      {children}
      {error && <Failed error={error} />}
      <footer>
        <button type="submit" class="primary" disabled={busy}>{busy ? "…" : submit}</button>
      </footer>
    </form>
  );
}

type FieldProperties = {
  label: string;
  name: string;
  hint?: string;
  value?: string;
  type?: "text" | "number" | "password" | "email" | "url" | "date";
  required?: boolean;
  list?: string[];
  pattern?: string;
};

/** A field of text, with its label and a word of advice; `list` are proposals. */
export function Field(
  { label, name, hint, value = "", type = "text", required, list, pattern }: FieldProperties,
) {
  // As an object, because the types of attributes are told apart by `type`, which is any here.
  const given: object = {
    name,
    type,
    defaultValue: value,
    required: required ?? false,
    autocomplete: "off",
    ...(pattern === undefined ? {} : { pattern }),
    ...(list ? { list: `list-${name}` } : {}),
  };
  return (
    <label>
      <span>{label}</span>
      <input {...given} />
      {list && (
        <datalist id={`list-${name}`}>
          {list.map((each) => <option key={each} value={each} />)}
        </datalist>
      )}
      {hint && <small>{hint}</small>}
    </label>
  );
}

/** A choice; pairs of a value and its words. */
export function Choice({ label, name, options, value, change }: {
  label: string;
  name: string;
  options: [string, string][];
  value?: string;
  change?: (value: string) => void;
}) {
  return (
    <label>
      <span>{label}</span>
      <select
        name={name}
        aria-label={label}
        onChange={(event) => change?.(event.currentTarget.value)}
      >
        {options.map(([each, words]) => (
          <option key={each} value={each} selected={each === value}>{words}</option>
        ))}
      </select>
    </label>
  );
}

/** An amount of 0 or more as one types it: 5, .5, 5. or 5.25. */
export const AMOUNT = "[0-9]+[.]?[0-9]*|[.][0-9]+";

/** The text of a number as a JSON number. It goes through a double once: prices and limits that a
 * person types in have fewer digits than one holds. */
export function numberOf(text: string | undefined): number | null {
  return text === undefined || text.trim() === "" ? null : Number(text);
}
