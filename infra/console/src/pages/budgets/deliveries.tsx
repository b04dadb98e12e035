/** Who was told, and whether it arrived; what did not can be sent again. */

import { get, pageOf, rowsOf, send } from "../../api/client.ts";
import type { Route } from "../../router.ts";
import { Count, When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Pager, Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/deliveries";

export function Deliveries({ route }: { route: Route }) {
  const page = route.query.get("page") ?? "0";
  const asked = useAnswer((signal) => get(PATH, { query: { page, size: 25 } as never, signal }), [
    page,
  ]);
  const replay = async (id: string) => {
    await send("post", `${PATH}/{id}/replay`, undefined as never, { places: { id } });
    asked.again();
  };
  return (
    <Panel title="Deliveries">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="Nothing was sent yet">
                Mails, Slack messages and webhooks stand here, with what came of them.
              </Empty>
            );
          }
          return (
            <>
              <Table
                caption="Deliveries"
                rows={rows}
                name={(row) => row.id}
                columns={[
                  { title: "When", cell: (row) => <When at={row.created} /> },
                  { title: "To", cell: (row) => row.destination },
                  {
                    title: "About",
                    cell: (row) => (
                      <>
                        {row.subject}
                        <br />
                        <span class="quiet">{row.event}</span>
                      </>
                    ),
                  },
                  {
                    title: "State",
                    cell: (row) => (
                      <>
                        {row.status.toLowerCase()}
                        {row.reason && (
                          <>
                            <br />
                            <span class="bad">{row.reason}</span>
                          </>
                        )}
                      </>
                    ),
                  },
                  { title: "Tries", numeric: true, cell: (row) => <Count of={row.attempts} /> },
                  {
                    title: "",
                    cell: (row) => (
                      <button
                        type="button"
                        class="small"
                        onClick={() => replay(row.id)}
                      >
                        Send again
                      </button>
                    ),
                  },
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
