/** Where notices go, and a test message to each. */

import { useState } from "preact/hooks";
import { get, rowsOf, send } from "../../api/client.ts";
import { session } from "../../session.ts";
import { Dialog, Field, Form } from "../../ui/dialog.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Code, Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";

const SLACK = "/profitstream/v2/api/configurations/slack";
const WEBHOOKS = "/profitstream/v2/api/configurations/webhooks";
const tenant = () => ({ tenantId: session.tenant });

export function Channels() {
  return (
    <>
      <Slack />
      <Webhooks />
    </>
  );
}

/** A button that sends a test message, and says what came of it. */
function Test({ act }: { act: () => Promise<unknown> }) {
  const [said, say] = useState("");
  const test = () => {
    say("…");
    act().then(() => say("sent"), (error: Error) => say(error.message));
  };
  return (
    <>
      <button type="button" class="small" onClick={test}>Send a test</button>{" "}
      <span role="status" class="quiet">{said}</span>
    </>
  );
}

function Slack() {
  const [adding, add] = useState(false);
  const asked = useAnswer((signal) => get(SLACK, { query: tenant(), signal }), []);
  const keep = (values: Record<string, string>) =>
    send("post", SLACK, {
      name: values.name!,
      webhookUrl: values.url!,
      ...(values.channel ? { channelName: values.channel } : {}),
    }, { query: tenant() });
  const done = () => {
    add(false);
    asked.again();
  };
  return (
    <Panel
      title="Slack"
      aside={
        <button
          type="button"
          onClick={() => add(true)}
        >
          New channel
        </button>
      }
    >
      <Loaded of={asked}>
        {({ data }) =>
          rowsOf(data).length
            ? (
              <Table
                caption="Slack channels"
                rows={rowsOf(data)}
                name={(row) => row.id!}
                columns={[
                  { title: "Name", cell: (row) => row.name },
                  { title: "Channel", cell: (row) => row.channelName ?? "–" },
                  { title: "State", cell: (row) => row.enabled === false ? "off" : "on" },
                  {
                    title: "",
                    cell: (row) => (
                      <Test
                        act={() =>
                          send("post", `${SLACK}/{id}/test`, undefined as never, {
                            places: { id: row.id! },
                            query: tenant(),
                          })}
                      />
                    ),
                  },
                ]}
              />
            )
            : <Empty title="No Slack channel yet">An incoming webhook of Slack is enough.</Empty>}
      </Loaded>
      {adding && (
        <Dialog title="New Slack channel" close={() => add(false)}>
          <Form submit="Keep" send={keep} done={done}>
            <Field label="Name" name="name" required />
            <Field
              label="URL of the incoming webhook"
              name="url"
              type="url"
              required
              hint="kept sealed, never shown again"
            />
            <Field label="Channel" name="channel" />
          </Form>
        </Dialog>
      )}
    </Panel>
  );
}

function Webhooks() {
  const [adding, add] = useState(false);
  const [secret, setSecret] = useState("");
  const asked = useAnswer((signal) => get(WEBHOOKS, { query: tenant(), signal }), []);
  const keep = async (values: Record<string, string>) => {
    const { data } = await send(
      "post",
      WEBHOOKS,
      { url: values.url!, ...(values.name ? { name: values.name } : {}) } as never,
      { query: tenant() },
    );
    setSecret((data as { secret?: string }).secret ?? "");
  };
  const done = () => {
    add(false);
    asked.again();
  };
  return (
    <Panel
      title="Webhooks"
      aside={
        <button
          type="button"
          onClick={() => add(true)}
        >
          New webhook
        </button>
      }
    >
      {secret && (
        <>
          <p class="warn">Its secret, shown this once:</p>
          <Code text={secret} label="Secret of the webhook" />
        </>
      )}
      <Loaded of={asked}>
        {({ data }) =>
          rowsOf(data).length
            ? (
              <Table
                caption="Webhooks"
                rows={rowsOf(data)}
                name={(row) => row.id!}
                columns={[
                  { title: "Name", cell: (row) => row.name ?? "–" },
                  { title: "URL", cell: (row) => row.url },
                  { title: "Events", cell: (row) => (row.events ?? []).join(", ") || "all" },
                  {
                    title: "",
                    cell: (row) => (
                      <Test
                        act={() =>
                          send("post", `${WEBHOOKS}/{id}/test`, undefined as never, {
                            places: { id: row.id! },
                            query: tenant(),
                          })}
                      />
                    ),
                  },
                ]}
              />
            )
            : (
              <Empty title="No webhook yet">
                Signed as Standard Webhooks are; see docs/notices.md.
              </Empty>
            )}
      </Loaded>
      {adding && (
        <Dialog title="New webhook" close={() => add(false)}>
          <Form submit="Keep" send={keep} done={done}>
            <Field
              label="URL"
              name="url"
              type="url"
              required
              hint="https, and reachable from the server"
            />
            <Field label="Name" name="name" hint="the host of the URL when it is empty" />
          </Form>
        </Dialog>
      )}
    </Panel>
  );
}
