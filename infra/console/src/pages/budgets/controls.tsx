/** Cost controls: limits that hold, with what is used of each right now. */

import { useEffect, useState } from "preact/hooks";
import { type AnswerOf, get, rowsOf, scopeLacking, send } from "../../api/client.ts";
import { type Figure, measure } from "../../api/figure.ts";
import { session } from "../../session.ts";
import { Count, isUnknown, Money, Share, Unknown, When } from "../../ui/figures.tsx";
import { type Asked, Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Meter } from "../../ui/meter.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";
import { EditControl, isMoney, WINDOWS } from "./control_form.tsx";

const PATH = "/profitstream/v2/api/ai/cost-controls";
const LOOK_MS = 5_000;
export type Control = ReturnType<typeof rowsOf<AnswerOf<typeof PATH>>>[number];
type Compiled = NonNullable<AnswerOf<"/v2/api/ai/enforcement-rules/{teamId}">>["rules"][number];

export function Controls() {
  const asked = useAnswer((signal) => get(PATH, { query: { size: 100 }, signal }), []);
  // The set that SDKs poll tells what has been used; the same figures, live.
  const live = useAnswer(
    (signal) =>
      get("/v2/api/ai/enforcement-rules/{teamId}", { places: { teamId: session.team }, signal }),
    [],
  );
  const [edited, edit] = useState<Partial<Control>>();
  useEffect(() => {
    const timer = setInterval(live.again, LOOK_MS);
    return () => clearInterval(timer);
  }, [live.again]);
  const again = () => {
    asked.again();
    live.again();
  };
  const remove = async (control: Control) => {
    if (!confirm(`Delete the limit “${control.name}”?`)) return;
    await send("delete", `${PATH}/{id}`, undefined, { places: { id: control.id! } });
    again();
  };
  return (
    <Panel
      title="Limits"
      aside={
        <button
          type="button"
          class="primary"
          onClick={() => edit({})}
        >
          New limit
        </button>
      }
    >
      <Loaded of={asked}>
        {({ data }) => {
          const rows = rowsOf(data);
          if (!rows.length) {
            return (
              <Empty title="No limits yet">
                Make one: it counts from the beginning of its window, and can stop calls or only
                warn.
              </Empty>
            );
          }
          // Two limits may have one name; each has an id of its own.
          const used = (control: Control) =>
            live.value?.data?.rules.filter((rule) => rule.controlId === control.id) ?? [];
          return (
            <Table
              caption="Limits"
              rows={rows}
              name={(row) => row.id!}
              columns={[
                {
                  title: "Limit",
                  cell: (row) => (
                    <>
                      <strong>{row.name}</strong>
                      <br />
                      <span class="quiet">{wordsOf(row)}</span>
                    </>
                  ),
                },
                {
                  title: "Used now",
                  cell: (row) => <Used of={live} rules={used(row)} control={row} />,
                },
                {
                  title: "Warns at",
                  numeric: true,
                  cell: (row) => <Amount of={row.warnThreshold} control={row} />,
                },
                {
                  title: "Limit",
                  numeric: true,
                  cell: (row) => <Amount of={row.hardLimit} control={row} />,
                },
                {
                  title: "",
                  cell: (row) => (
                    <span class="filters">
                      <button
                        type="button"
                        class="small"
                        onClick={() => edit(row)}
                      >
                        Edit
                      </button>
                      <button type="button" class="small danger" onClick={() => remove(row)}>
                        Delete
                      </button>
                    </span>
                  ),
                },
              ]}
            />
          );
        }}
      </Loaded>
      {edited && <EditControl control={edited} close={() => edit(undefined)} done={again} />}
    </Panel>
  );
}

/** What a limit does and counts, in words. */
function wordsOf(control: Control): string {
  const what = control.shadowMode
    ? "says what it would stop"
    : control.action === "BLOCK"
    ? "stops calls"
    : "only warns";
  const filters = (control.filters ?? []).map((each) =>
    `${each.dimension.toLowerCase()} ${each.operator.toLowerCase()} ${
      each.value ?? each.values?.join(", ")
    }`
  );
  const by = control.groupBy ? `, for each ${control.groupBy.toLowerCase()}` : "";
  const off = control.enabled === false ? "switched off; " : "";
  return `${off}${what}, ${WINDOWS[control.windowType]}${by}${
    filters.length ? ": " + filters.join(", ") : ""
  }`;
}

/** How many groups are over a line. Persons stand together in one rule, all others in one each. */
function countOver(rules: Compiled[]): number {
  const groups = rules.flatMap((each): Over[] => each.groupBreakdown ?? [each]);
  return groups.filter((each) => each.breached || each.warnBreached).length;
}

interface Over {
  breached: boolean;
  warnBreached?: boolean | null;
}

/** Live use. A limit by group stands once in the set for each group that is over a line. */
function Used(
  { of, rules, control }: { of: Asked<unknown>; rules: Compiled[]; control: Control },
) {
  const [rule] = rules;
  if (of.error) return <NotTold why={of.error} />;
  if (control.enabled === false) return <span class="quiet">not counted: it is off</span>;
  if (of.value === undefined) return <span class="quiet">counted in a moment</span>;
  if (control.groupBy) {
    return (
      <span class="quiet">
        groups over a line: {countOver(rules) || "none"}
      </span>
    );
  }
  if (!rule) return <span class="quiet">counted in a moment</span>;
  const warn = control.warnThreshold && control.hardLimit
    ? measure(control.warnThreshold) / measure(control.hardLimit)
    : null;
  return (
    <div>
      <Meter
        of={rule.percentUsed ?? rule.warnPercentUsed}
        warn={warn}
        label={`used of ${control.name}`}
      />
      {isUnknown(rule.currentValue, rule.unpricedCount) ? <Unknown /> : (
        <>
          <Amount of={rule.currentValue} control={control} />{" "}
          (<Share of={rule.percentUsed ?? rule.warnPercentUsed} />)
        </>
      )}, until <When at={rule.windowEnd} />
      {rule.breached && (
        <>
          {" "}
          <span class="badge bad">gone</span>
        </>
      )}
    </div>
  );
}

/** Live use that the API does not tell: to a key that may only read, or by a busy server. */
function NotTold({ why }: { why: Error }) {
  const scope = scopeLacking(why);
  const because = scope ? `this key may not see it: it lacks the scope ${scope}` : why.message;
  return <span class="warn">unknown; {because}</span>;
}

function Amount({ of, control }: { of: Figure | null | undefined; control: Control }) {
  if (of === null || of === undefined) return <span class="quiet">–</span>;
  return isMoney(control.metricType) ? <Money of={of} /> : <Count of={of} />;
}
