/** Invoices, with their lines; one prints as it stands. */

import { useState } from "preact/hooks";
import { type AnswerOf, get, pageOf, rowsOf, send } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { linkTo, type Route } from "../../router.ts";
import { Dialog, Field, Form, numberOf } from "../../ui/dialog.tsx";
import { Count, Money, When } from "../../ui/figures.tsx";
import { type Asked, Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Facts, Pager, Table } from "../../ui/table.tsx";

const PAYMENTS = "/profitstream/v2/api/invoices/{id}/payments";

export function Invoices({ route }: { route: Route }) {
  const page = route.query.get("page") ?? "0";
  const asked = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/invoices", { query: { page, size: 25 } as never, signal }),
    [page],
  );
  return (
    <Panel title="Invoices">
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No invoices yet">
                They are made by themselves as periods of subscriptions end.
              </Empty>
            );
          }
          return (
            <>
              <Table
                caption="Invoices"
                rows={rows}
                name={(row) => row.id!}
                columns={[
                  {
                    title: "Number",
                    cell: (row) => (
                      <a href={linkTo("customers", `invoice/${row.id}`)}>
                        {row.invoiceNumber ?? "draft"}
                      </a>
                    ),
                  },
                  {
                    title: "Customer",
                    cell: (row) =>
                      row.organization?.label ?? row.subscriptionOwner?.label ??
                        row.account?.label ?? "–",
                  },
                  {
                    title: "Period",
                    cell: (row) => (
                      <>
                        <When at={row.startDate} date /> – <When at={row.endDate} date />
                      </>
                    ),
                  },
                  { title: "State", cell: (row) => (row.state ?? "").toLowerCase() },
                  {
                    title: "Paid",
                    cell: (row) => (row.invoicePayStatus ?? "").toLowerCase() || "–",
                  },
                  {
                    title: "Total",
                    numeric: true,
                    cell: (row) => <Money of={row.totalAmount} currency={row.currency ?? "USD"} />,
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

export function Invoice({ id }: { id: string }) {
  const asked = useAnswer(
    (signal) => get("/profitstream/v2/api/invoices/{id}", { places: { id }, signal }),
    [id],
  );
  const lines = useAnswer(
    (signal) =>
      get("/profitstream/v2/api/period-charges", { query: { invoiceId: id, size: 100 }, signal }),
    [id],
  );
  const payments = useAnswer(
    (signal) => get(PAYMENTS, { places: { id }, query: { size: 100 }, signal }),
    [id],
  );
  const again = () => {
    asked.again();
    payments.again();
  };
  return (
    <Loaded of={asked}>
      {({ data }) => (
        <>
          <Head
            title={data.invoiceNumber ? `Invoice ${data.invoiceNumber}` : "Draft of an invoice"}
            lead={data.organization?.label ?? data.subscriptionOwner?.label ?? ""}
          >
            {data.issued && <Pay invoice={data} done={again} />}
            <button type="button" onClick={() => print()}>Print</button>
          </Head>
          <Panel title="In all">
            <p class="total">
              <Money of={data.totalAmount} currency={data.currency ?? "USD"} />
            </p>
            <Facts
              of={[
                ["State", (data.state ?? "").toLowerCase()],
                ["Paid", <Money of={data.totalPaidAmount} currency={data.currency ?? "USD"} />],
                ["Open", <Money of={data.totalOpenAmount} currency={data.currency ?? "USD"} />],
                [
                  "Period",
                  <>
                    <When at={data.startDate} date /> – <When at={data.endDate} date />
                  </>,
                ],
                ["Issued", <When at={data.issued} />],
                ["Product", data.product?.label ?? "–"],
                ["Calls", <Count of={data.totalCallCount} />],
                ["Calls without a price", <Count of={data.totalUnpricedCallCount} />],
              ]}
            />
          </Panel>
          <Panel title="Lines">
            <Loaded of={lines}>
              {(answer) => (
                <Table
                  caption="Lines of the invoice"
                  rows={rowsOf(answer.data)}
                  name={(row) => row.id!}
                  columns={[
                    {
                      title: "For",
                      cell: (row) => (
                        <>
                          {row.chargeDescription}
                          <br />
                          <span class="quiet">
                            {(row.chargeType ?? "").toLowerCase().replaceAll("_", " ")}
                          </span>
                        </>
                      ),
                    },
                    {
                      title: "Quantity",
                      numeric: true,
                      cell: (row) => <Count of={row.aggregatedElementValue} />,
                    },
                    {
                      title: "Amount",
                      numeric: true,
                      cell: (row) => <Money of={row.charge} currency={row.currency ?? "USD"} />,
                    },
                  ]}
                />
              )}
            </Loaded>
          </Panel>
          <Payments of={payments} />
        </>
      )}
    </Loaded>
  );
}

type Paid = AnswerOf<typeof PAYMENTS>;

/** What was paid, the newest first. */
function Payments({ of }: { of: Asked<{ data: Paid }> }) {
  return (
    <Panel title="Payments">
      <Loaded of={of}>
        {({ data }) =>
          rowsOf(data).length
            ? (
              <>
                <Table
                  caption="Payments of the invoice"
                  rows={rowsOf(data)}
                  name={(row) => row.reference}
                  columns={[
                    { title: "Reference", cell: (row) => row.reference },
                    { title: "Noted", cell: (row) => <When at={row.notedAt} /> },
                    { title: "By", cell: (row) => row.author ?? "–" },
                    {
                      title: "Amount",
                      numeric: true,
                      cell: (row) => <Money of={row.amount} currency={row.currency} />,
                    },
                  ]}
                />
                <p class="quiet">
                  <Count of={pageOf(data)?.totalElements} /> in all, the newest first
                </p>
              </>
            )
            : <Empty title="Nothing was paid yet" />}
      </Loaded>
    </Panel>
  );
}

/** A payment that came in; sent twice, it is noted once. */
function Pay({ invoice, done }: {
  invoice: AnswerOf<"/profitstream/v2/api/invoices/{id}">;
  done: () => void;
}) {
  const [open, setOpen] = useState(false);
  const note = (values: Record<string, string>) =>
    send("post", PAYMENTS, {
      amount: numberOf(values.amount)!,
      reference: values.reference!,
    }, { places: { id: invoice.id! } });
  const close = () => setOpen(false);
  return (
    <>
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        A payment came in
      </button>
      {open && (
        <Dialog title={`Payment of ${invoice.invoiceNumber}`} close={close}>
          <Form
            submit="Note it"
            send={note}
            done={() => {
              close();
              done();
            }}
          >
            <Field
              label={`Amount, ${invoice.currency}`}
              name="amount"
              required
              pattern="[0-9]+([.][0-9]{1,9})?"
              value={measure(invoice.totalOpenAmount) > 0 ? invoice.totalOpenAmount ?? "" : ""}
            />
            <Field label="Reference" name="reference" required hint="as the bank tells it" />
            <p class="quiet">The same reference again changes nothing.</p>
          </Form>
        </Dialog>
      )}
    </>
  );
}
