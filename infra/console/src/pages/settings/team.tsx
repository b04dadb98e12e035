/** Keys of customers, and what a team keeps and counts. */

import { useState } from "preact/hooks";
import { get, pageOf, rowsOf, send } from "../../api/client.ts";
import { session } from "../../session.ts";
import { Field, Form, numberOf } from "../../ui/dialog.tsx";
import { When } from "../../ui/figures.tsx";
import { Empty, Failed, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";

/** Keys of customers, as calls name them. */
export function Credentials() {
  const asked = useAnswer(
    (signal) => get("/profitstream/v2/api/credentials", { query: { size: 100 }, signal }),
    [],
  );
  return (
    <Panel title="Credentials of customers">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No credentials yet">
                Calls that name a <code>subscriberCredential</code> make them.
              </Empty>
            );
          }
          return (
            <>
              <Table
                caption="Credentials"
                rows={rows}
                name={(row) => row.id!}
                columns={[
                  { title: "Credential", cell: (row) => row.label },
                  {
                    title: "Of",
                    cell: (row) => row.subscriber?.label ?? row.organization?.label ?? "–",
                  },
                  { title: "Since", cell: (row) => <When at={row.created} /> },
                ]}
              />
              <Pager page={pageOf(data)} />
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}

const ASSISTANTS = "/profitstream/v2/api/teams/{id}/settings/coding-assistant-filter";

/** Which coding assistants are paid by use: those of a flat plan are in no report on money. */
export function Assistants() {
  const places = { id: session.team };
  const asked = useAnswer((signal) => get(ASSISTANTS, { places, signal }), []);
  const [error, setError] = useState<Error>();
  const set = async (providers: string[]) => {
    try {
      await send("put", ASSISTANTS, { apiRateProviders: providers } as never, { places });
      setError(undefined);
      asked.again();
    } catch (failure) {
      setError(failure as Error);
    }
  };
  return (
    <Panel title="Coding assistants">
      <p>
        Calls under a flat plan are metered, and in no report on money. Tick those that you pay by
        use.
      </p>
      {error && <Failed error={error} />}
      <Loaded of={asked}>
        {({ data }) => {
          const paid = data.apiRateProviders ?? [];
          return (
            <div class="form">
              {[...paid, ...(data.flatPlanProviders ?? [])].sort().map((name) => (
                <label key={name} class="check">
                  <input
                    type="checkbox"
                    checked={paid.includes(name)}
                    onChange={() =>
                      set(
                        paid.includes(name)
                          ? paid.filter((each) =>
                            each !== name
                          )
                          : [...paid, name],
                      )}
                  />
                  <span>{name.replace(/([a-z])([A-Z])/g, "$1 $2")}</span>
                </label>
              ))}
            </div>
          );
        }}
      </Loaded>
    </Panel>
  );
}

const PROMPTS = "/profitstream/v2/api/teams/{id}/settings/prompts";

/** Whether prompts are kept at all, and how much of them. */
export function Prompts() {
  const places = { id: session.team };
  const asked = useAnswer((signal) => get(PROMPTS, { places, signal }), []);
  const keep = (values: Record<string, string>) =>
    send(
      "put",
      PROMPTS,
      {
        promptCaptureEnabled: values.capture === "on",
        maxPromptLength: numberOf(values.length),
      } as never,
      { places },
    );
  return (
    <Panel title="Prompts">
      <Loaded of={asked}>
        {({ data }) => (
          <Form submit="Keep" send={keep} done={asked.again}>
            <label class="check">
              <input
                type="checkbox"
                name="capture"
                defaultChecked={data.promptCaptureEnabled ?? false}
              />
              <span>Keep prompts and answers, sealed; each look is in the audit trail</span>
            </label>
            <Field
              label="At most characters of each"
              name="length"
              value={data.maxPromptLength ?? ""}
              pattern="[0-9]*"
              hint={`${data.systemMaxPromptLength} when it is empty`}
            />
          </Form>
        )}
      </Loaded>
    </Panel>
  );
}
