/** One operation: its parameters, an example, and what the server answers. */

import { useState } from "preact/hooks";
import { curlOf } from "../../api/charts.ts";
import { addressOf } from "../../api/client.ts";
import { session } from "../../session.ts";
import { Code } from "../../ui/panel.tsx";
import type { Document, Entry } from "./contract.ts";

export function Try({ entry }: { entry: Entry; document: Document }) {
  const [values, setValues] = useState<Record<string, string>>({ teamId: session.team });
  const [body, setBody] = useState(entry.example);
  const [told, tell] = useState("");
  const asked = entry.parameters.filter((each) => each.in !== "header");
  const part = (place: string) =>
    Object.fromEntries(
      asked.filter((each) => each.in === place).map(({ name }) => [name, values[name] ?? ""]),
    );
  const url = addressOf(entry.path, part("query"), part("path"));
  const missing = asked.filter((each) => each.in === "path" && !values[each.name]);
  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    tell("…");
    const headers: Record<string, string> = { "x-api-key": session.key };
    if (body) headers["Content-Type"] = "application/json";
    try {
      const answer = await fetch(url, { method: entry.method, headers, body: body || null });
      tell(`${answer.status} ${answer.statusText}\n\n${await answer.text()}`);
    } catch (error) {
      tell(String(error));
    }
  }
  return (
    <form class="form" onSubmit={send}>
      <div class="filters">
        {asked.map(({ name, required, schema }) => (
          <label key={name}>
            {name}
            {required && " *"}
            <input
              value={values[name] ?? ""}
              title={schema.description ?? ""}
              onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      {entry.example && (
        <label>
          <span>Body</span>
          <textarea rows={8} value={body} onInput={(event) => setBody(event.currentTarget.value)} />
        </label>
      )}
      <Code
        text={curlOf(entry.method, url) + (body
          ? ` \\\n  -H 'Content-Type: application/json' -d '${body.replaceAll("'", "'\\''")}'`
          : "")}
      />
      <p class="quiet">
        {entry.statuses.map(([status, words]) => `${status} ${words}`).join(" · ")}
      </p>
      <footer>
        {entry.method !== "GET" && <span class="warn">This changes something on this server.</span>}
        <button type="submit" class="primary" disabled={missing.length > 0}>Send it</button>
      </footer>
      {told && <Code text={told} label="Answer" />}
    </form>
  );
}
