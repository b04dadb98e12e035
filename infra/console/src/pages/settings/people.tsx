/** Users with their roles, and teams. */

import { useState } from "preact/hooks";
import { get, pageOf, rowsOf, send } from "../../api/client.ts";
import { session } from "../../session.ts";
import { Choice, Dialog, Field, Form } from "../../ui/dialog.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { When } from "../../ui/figures.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";

const USERS = "/profitstream/v2/api/users";
const TEAMS = "/profitstream/v2/api/teams";
const ROLES: [string, string][] = [["ROLE_API_CONSUMER", "member"], [
  "ROLE_TENANT_ADMIN",
  "administrator",
]];

export function Users() {
  const [adding, add] = useState(false);
  const asked = useAnswer((signal) => get(USERS, { query: { size: 100 }, signal }), []);
  const keep = (values: Record<string, string>) =>
    send("post", USERS, {
      email: values.email!,
      firstName: values.firstName || null,
      lastName: values.lastName || null,
      roles: [values.role!],
      teamIds: [session.team],
    });
  const done = () => {
    add(false);
    asked.again();
  };
  return (
    <Panel
      title="Users"
      aside={
        <button
          type="button"
          class="primary"
          onClick={() => add(true)}
        >
          New user
        </button>
      }
    >
      <Loaded of={asked}>
        {({ data }) => (
          <>
            <Table
              caption="Users"
              rows={rowsOf(data)}
              name={(row) => row.id!}
              columns={[
                { title: "User", cell: (row) => row.email },
                {
                  title: "Name",
                  cell: (row) => [row.firstName, row.lastName].filter(Boolean).join(" ") || "–",
                },
                {
                  title: "May",
                  cell: (row) =>
                    row.roles.map((role) =>
                      role.replace("ROLE_", "").toLowerCase().replaceAll("_", " ")
                    ).join(", "),
                },
                { title: "Prompts", cell: (row) => row.canViewPromptData ? "may see them" : "no" },
                { title: "Since", cell: (row) => <When at={row.created} date /> },
              ]}
            />
            <Pager page={pageOf(data)} />
          </>
        )}
      </Loaded>
      {adding && (
        <Dialog title="New user" close={() => add(false)}>
          <Form submit="Make" send={keep} done={done}>
            <Field label="E-mail address" name="email" type="email" required />
            <div class="pair">
              <Field label="First name" name="firstName" />
              <Field label="Last name" name="lastName" />
            </div>
            <Choice label="Role" name="role" options={ROLES} />
          </Form>
        </Dialog>
      )}
    </Panel>
  );
}

export function Teams() {
  const [adding, add] = useState(false);
  const asked = useAnswer((signal) => get(TEAMS, { query: { size: 100 }, signal }), []);
  const done = () => {
    add(false);
    asked.again();
  };
  return (
    <Panel
      title="Teams"
      aside={
        <button
          type="button"
          onClick={() => add(true)}
        >
          New team
        </button>
      }
    >
      <Loaded of={asked}>
        {({ data }) => (
          <>
            <Table
              caption="Teams"
              rows={rowsOf(data)}
              name={(row) => row.id!}
              columns={[
                {
                  title: "Team",
                  cell: (row) => (
                    <>
                      {row.name}
                      {row.id === session.team && (
                        <>
                          {" "}
                          <span class="badge good">this one</span>
                        </>
                      )}
                    </>
                  ),
                },
                { title: "Id", cell: (row) => <code>{row.id}</code> },
                { title: "Since", cell: (row) => <When at={row.created} date /> },
              ]}
            />
            <Pager page={pageOf(data)} />
            <p class="quiet">
              A key belongs to one team. To look at another one:{" "}
              <code>meterlake keys create --team &lt;id&gt;</code>, then sign in with it.
            </p>
          </>
        )}
      </Loaded>
      {adding && (
        <Dialog title="New team" close={() => add(false)}>
          <Form
            submit="Make"
            send={(values) => send("post", TEAMS, { name: values.name! })}
            done={done}
          >
            <Field label="Name" name="name" required />
          </Form>
        </Dialog>
      )}
    </Panel>
  );
}
