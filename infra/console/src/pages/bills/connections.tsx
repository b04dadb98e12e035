/** Connections to providers' billing interfaces: how the last reading went, again, and new ones. */

import { useState } from "preact/hooks";
import { get, pageOf, rowsOf, send } from "../../api/client.ts";
import { Choice, Dialog, Field, Form } from "../../ui/dialog.tsx";
import { Count, When } from "../../ui/figures.tsx";
import { Failed, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { CREDENTIALS, lower, NoBill } from "./words.tsx";

const REFRESH = "/profitstream/v2/api/billing/refresh";
/** Those whose bills are read; keys that may not read them are refused by the server. */
const PROVIDERS: [string, string][] = [
  ["anthropic", "Anthropic: an admin key"],
  ["openai", "OpenAI: an organization admin key"],
  ["openrouter", "OpenRouter: a management key"],
  ["litellm", "LiteLLM: the proxy's admin key, and its address"],
  ["cursor", "Cursor: a team admin key"],
  ["github_copilot", "GitHub Copilot: a token, and the organization"],
];
const LOOKS: Record<string, string> = { SUCCESS: "good", PARTIAL: "warn", FAILED: "bad" };
const MOST = 100;

export function Connections() {
  const [adding, add] = useState(false);
  const asked = useAnswer(
    (signal) => get(CREDENTIALS, { query: { size: MOST }, signal }),
    [],
  );
  const done = () => {
    add(false);
    asked.again();
  };
  return (
    <Panel
      title="Connections"
      aside={<button type="button" onClick={() => add(true)}>New connection</button>}
    >
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) return <NoBill title="No provider is connected yet" here />;
          return (
            <>
              <Table
                caption="Connections"
                rows={rows}
                name={(row) => row.id!}
                columns={[
                  {
                    title: "Connection",
                    cell: (row) => (
                      <>
                        {row.credentialName}{" "}
                        <span class="quiet">{row.keyHint && `…${row.keyHint}`}</span>
                      </>
                    ),
                  },
                  { title: "Provider", cell: (row) => lower(row.provider) },
                  {
                    title: "State",
                    cell: (row) =>
                      row.enabled === false ? "off" : (
                        <>
                          <span class={`badge ${LOOKS[row.lastSyncStatus ?? ""] ?? ""}`}>
                            {row.lastSyncStatus ? lower(row.lastSyncStatus) : "not read yet"}
                          </span>
                          {row.lastSyncError && <p class="bad">{row.lastSyncError}</p>}
                        </>
                      ),
                  },
                  { title: "Read", cell: (row) => <When at={row.lastSyncedAt} /> },
                  {
                    title: "Days known",
                    cell: (row) =>
                      row.firstBilledDay
                        ? (
                          <>
                            <When at={row.firstBilledDay} date /> –{" "}
                            <When at={row.lastBilledDay} date />
                          </>
                        )
                        : "none",
                  },
                  {
                    title: "",
                    cell: (row) => <Again id={row.id!} done={asked.again} />,
                  },
                ]}
              />
              {rows.length === MOST && (
                <p class="warn">
                  The first {MOST} of <Count of={pageOf(data)?.totalElements} />.
                </p>
              )}
              <p class="quiet">
                Bills that came as FOCUS files have no connection, and stand in the reconciliation.
              </p>
            </>
          );
        }}
      </Loaded>
      {adding && <NewConnection close={() => add(false)} done={done} />}
    </Panel>
  );
}

/** Reads the bill of one connection, and says what came of it. */
function Again({ id, done }: { id: string; done: () => void }) {
  const [said, say] = useState("");
  const [error, fail] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const read = async () => {
    setBusy(true);
    fail(undefined);
    try {
      const { data } = await send("post", REFRESH, undefined as never, {
        query: { providerCredentialId: id },
      });
      say(data.status === "COMPLETED" ? "read" : "it is being read");
      done();
    } catch (failure) {
      fail(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button type="button" class="small" disabled={busy} onClick={read}>
        {busy ? "…" : "Read again"}
      </button>{" "}
      <span role="status" class="quiet">{said}</span>
      {error && <Failed error={error} />}
    </>
  );
}

/** The key stands in the form alone, and goes with it. */
function NewConnection({ close, done }: { close: () => void; done: () => void }) {
  const [provider, choose] = useState("anthropic");
  const keep = (values: Record<string, string>) => {
    const body: Record<string, string> = {};
    for (const [name, value] of Object.entries(values)) if (value.trim()) body[name] = value.trim();
    return send("post", CREDENTIALS, body as never);
  };
  return (
    <Dialog title="New connection" close={close}>
      <Form submit="Check the key and keep it" send={keep} done={done}>
        <Choice
          label="Provider"
          name="provider"
          options={PROVIDERS}
          value={provider}
          change={choose}
        />
        <Field label="Name" name="credentialName" required />
        <Field
          label="Key"
          name="apiKey"
          type="password"
          required
          hint="checked with the provider, then sealed; never shown again, and this page forgets it"
        />
        {provider === "github_copilot" && <Field label="Organization" name="account" required />}
        <Field
          label="Address"
          name="baseUrl"
          type="url"
          required={provider === "litellm"}
          hint={provider === "litellm"
            ? "of the proxy; a private one must be allowed by METERLAKE_PRIVATE_ORIGINS"
            : "where it is not the provider's own"}
        />
      </Form>
    </Dialog>
  );
}
