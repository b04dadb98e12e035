/** The charts that a team keeps. */

import { type AnswerOf, get, rowsOf, send } from "../../api/client.ts";
import { linkTo } from "../../router.ts";
import { When } from "../../ui/figures.tsx";
import { Empty, Loaded, useAnswer } from "../../ui/loading.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Table } from "../../ui/table.tsx";

const PATH = "/profitstream/v2/api/reports/chart-definitions";
type Chart = ReturnType<typeof rowsOf<AnswerOf<typeof PATH>>>[number];

export function SavedCharts({ turn }: { turn: number }) {
  const asked = useAnswer((signal) => get(PATH, { query: { size: 50 }, signal }), [turn]);
  const act = async (work: Promise<unknown>) => {
    await work;
    asked.again();
  };
  const pin = (chart: Chart) => {
    const configuration = { ...chart.configuration, pinned: !chart.configuration.pinned };
    return act(
      send("put", `${PATH}/{id}`, { name: chart.name, configuration } as never, {
        places: { id: chart.id! },
      }),
    );
  };
  const remove = (chart: Chart) =>
    act(send("delete", `${PATH}/{id}`, undefined, { places: { id: chart.id! } }));
  return (
    <Panel title="Saved charts">
      <Loaded of={asked}>
        {({ data }) => {
          const charts = rowsOf(data);
          if (!charts.length) {
            return (
              <Empty title="None yet">Save what you see, and it is here for the whole team.</Empty>
            );
          }
          return (
            <Table
              caption="Saved charts"
              rows={charts}
              name={(chart) => chart.id!}
              columns={[
                { title: "Name", cell: (chart) => <a href={hrefOf(chart)}>{chart.name}</a> },
                { title: "Made by", cell: (chart) => chart.createdBy ?? "–" },
                { title: "Changed", cell: (chart) => <When at={chart.updated} /> },
                {
                  title: "",
                  cell: (chart) => (
                    <span class="filters">
                      <button type="button" class="small" onClick={() => pin(chart)}>
                        {chart.configuration.pinned
                          ? "Take off the overview"
                          : "Show on the overview"}
                      </button>
                      <button type="button" class="small danger" onClick={() => remove(chart)}>
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
    </Panel>
  );
}

/** The address of the explorer that asks what a chart does; its window is the page's. */
function hrefOf({ configuration }: Chart): string {
  const query: Record<string, string> = {
    metric: configuration.primaryMetric.baseMetric,
    calculation: configuration.primaryMetric.calculationType,
    over: configuration.mode === "time" ? "time" : "groups",
    group: configuration.groupBy ?? "",
    compare: configuration.comparePrevious ? "yes" : "",
  };
  const filters = (configuration.filters ?? []).filter((each) => each.value);
  const told = filters.map((each) =>
    `&f=${encodeURIComponent(`${each.dimension}:${each.operator}:${each.value}`)}`
  );
  return linkTo("explorer", "", query) + told.join("");
}
