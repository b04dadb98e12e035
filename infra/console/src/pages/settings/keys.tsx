/** Keys of this server: made and shown once, listed, revoked. */

import { useState } from "preact/hooks";
import { get, pageOf, rowsOf, send } from "../../api/client.ts";
import { change, type Route } from "../../router.ts";
import { session } from "../../session.ts";
import { Choice, Dialog, Field, Form } from "../../ui/dialog.tsx";
import { When } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Code, Panel } from "../../ui/panel.tsx";
import { Facts, Pager, Table } from "../../ui/table.tsx";

const KEYS = "/profitstream/v2/api/api-keys";
const KINDS: [string, string][] = [
  ["METERING", "sends calls, reads nothing"],
  ["READ", "reads, changes nothing"],
  ["WRITE", "sends, reads and changes"],
  ["ADMIN", "everything: also users and keys"],
];
const EVERYTHING = ["admin", "metering", "read", "write"] as const;

export function Keys({ route }: { route: Route }) {
  const mayMake = session.scopes.includes("admin");
  return (
    <>
      <Panel title="The key of this session">
        <Facts
          of={[["Team", session.team], ["Tenant", session.tenant], [
            "May",
            session.scopes.join(", "),
          ]]}
        />
        {!mayMake && (
          <p class="quiet">
            An administrator's key lists, makes and revokes the keys of this server here; so does
            {" "}
            <code>meterlake keys</code> on its command line.
          </p>
        )}
      </Panel>
      {mayMake && <ServerKeys route={route} />}
    </>
  );
}

function ServerKeys({ route }: { route: Route }) {
  const [making, make] = useState(false);
  const [fresh, setFresh] = useState<{ name: string; key: string }>();
  const [revoking, revoke] = useState<Row>();
  const page = route.query.get("page") ?? "0", state = route.query.get("state") ?? "VALID";
  const asked = useAnswer(
    (signal) =>
      get(KEYS, {
        query: { page, size: 25, state: state === "ALL" ? "" : state } as never,
        signal,
      }),
    [page, state],
  );
  const keep = async (values: Record<string, string>) => {
    const { data } = await send("post", KEYS, {
      name: values.name!,
      kind: (values.kind === "ADMIN" ? "WRITE" : values.kind) as "WRITE",
      ...(values.kind === "ADMIN" ? { permissions: [...EVERYTHING] } : {}),
      ...(values.team ? { teamId: values.team } : {}),
    });
    setFresh({ name: data.name, key: data.key });
  };
  const done = () => {
    make(false);
    revoke(undefined);
    asked.again();
  };
  return (
    <Panel
      title="Keys of this server"
      aside={<button type="button" class="primary" onClick={() => make(true)}>New key</button>}
    >
      {fresh && (
        <div role="status">
          <p class="warn">
            The key <strong>{fresh.name}</strong>, shown this once; the server keeps only a hash:
          </p>
          <Code text={fresh.key} label="The new key" />
          <button type="button" onClick={() => setFresh(undefined)}>I have kept it</button>
        </div>
      )}
      <div class="filters">
        <Choice
          label="Shown"
          name="state"
          value={state}
          options={[["VALID", "valid"], ["REVOKED", "revoked"], ["ALL", "all"]]}
          change={(value) => change({ state: value, page: "" })}
        />
      </div>
      <Loaded of={asked}>
        {({ data }) => (
          <>
            <KeyTable rows={rowsOf(data)} revoke={revoke} />
            <Pager page={pageOf(data)} />
          </>
        )}
      </Loaded>
      {making && (
        <Dialog title="New key" close={() => make(false)}>
          <Form submit="Make it" send={keep} done={done}>
            <Field label="Name" name="name" required />
            <Choice label="What it may do" name="kind" options={KINDS} />
            <Field label="Id of its team" name="team" hint="this one when it is empty" />
          </Form>
        </Dialog>
      )}
      {revoking && <Revoke row={revoking} close={() => revoke(undefined)} done={done} />}
    </Panel>
  );
}

interface Row {
  id: string;
  name: string;
  kind: string;
  permissions: string[];
  teamId: string;
  created: string;
  revokedAt?: string | null;
  asking: boolean;
}

function KeyTable({ rows, revoke }: { rows: Row[]; revoke: (row: Row) => void }) {
  return (
    <Table
      caption="Keys"
      rows={rows}
      name={(row) => row.id}
      columns={[
        {
          title: "Key",
          cell: (row) => (
            <>
              {row.name} {row.asking && <span class="badge good">this one</span>}
            </>
          ),
        },
        { title: "Id", cell: (row) => <code>{row.id}</code> },
        { title: "May", cell: (row) => row.permissions.join(", ") },
        { title: "Team", cell: (row) => row.teamId === session.team ? "this team" : row.teamId },
        { title: "Since", cell: (row) => <When at={row.created} /> },
        {
          title: "",
          cell: (row) =>
            row.revokedAt
              ? (
                <span class="quiet">
                  revoked <When at={row.revokedAt} />
                </span>
              )
              : (
                <button type="button" class="small" onClick={() => revoke(row)}>
                  Revoke<span class="hidden">{row.name}</span>
                </button>
              ),
        },
      ]}
    />
  );
}

/** The question before a key is worthless; of one's own key a second one. */
function Revoke({ row, close, done }: { row: Row; close: () => void; done: () => void }) {
  const act = (values: Record<string, string>) =>
    send("delete", `${KEYS}/{keyId}`, undefined as never, {
      places: { keyId: row.id },
      query: { confirmed: values.confirmed === "on" },
    });
  return (
    <Dialog title={`Revoke ${row.name}`} close={close}>
      <Form submit="Revoke it" send={act} done={done}>
        <p>
          Whoever uses it is refused within a minute. A revoked key never works again.
        </p>
        {row.asking && (
          <label class="check">
            <input type="checkbox" name="confirmed" />
            <span>It is the key of this session: I have another one</span>
          </label>
        )}
      </Form>
    </Dialog>
  );
}
