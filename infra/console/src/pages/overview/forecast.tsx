/** What will have been spent when the month ends, with its band. */

import { curlOf } from "../../api/charts.ts";
import { addressOf, type Answer, type AnswerOf, get } from "../../api/client.ts";
import { measure } from "../../api/figure.ts";
import { session } from "../../session.ts";
import { Legend } from "../../ui/chart/legend.tsx";
import { Lines } from "../../ui/chart/lines.tsx";
import type { Data } from "../../ui/chart/series.ts";
import { Cost, Share, Things } from "../../ui/figures.tsx";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { ChartPanel, Panel } from "../../ui/panel.tsx";

const PATH = "/api/v2/forecast";
const TITLE = "Spend of the running month (UTC), and its forecast";
type Told = AnswerOf<typeof PATH>;

export function Forecast() {
  const asked = useAnswer((signal) => get(PATH, { signal }), []);
  return asked.value && !asked.error ? <Drawn answer={asked.value} /> : (
    <Panel title={TITLE}>
      <Loaded of={asked}>{() => null}</Loaded>
    </Panel>
  );
}

function Drawn({ answer }: { answer: Answer<Told> }) {
  const { data: told, headers } = answer;
  const data: Data = {
    along: told.days.map((day) => day.date),
    series: [
      { name: "Spent", values: told.days.map((day) => day.actualUsd) },
      { name: "Expected", values: told.days.map((day) => day.forecastUsd) },
    ],
    grain: "day",
    unit: "USD",
  };
  return (
    <ChartPanel
      title={TITLE}
      data={data}
      headers={headers}
      curl={curlOf("GET", addressOf(PATH, { teamId: session.team }))}
      total={<Cost of={told.forecastUsd} unpriced={told.unpricedCalls} />}
    >
      <Band of={told} />
      <Lines data={data} label={TITLE} />
      <Legend data={data} marked="" mark={() => {}} />
    </ChartPanel>
  );
}

/** The band, and what is in the figures. */
function Band({ of }: { of: Told }) {
  return (
    <p class="quiet">
      By the end of {of.month}; {of.lowUsd === null
        ? (
          <>
            without a band: <Things of={of.knownDays} one="full day" />{" "}
            of a known cost, and it takes 7
          </>
        )
        : (
          <>
            with <Share of={of.confidence} /> between{" "}
            <Cost of={of.lowUsd} unpriced={of.unpricedCalls} /> and{" "}
            <Cost of={of.highUsd} unpriced={of.unpricedCalls} />
          </>
        )}. Spent so far: <Cost of={of.spentUsd} unpriced={of.unpricedCalls} />, tools among it.
      {measure(of.unpricedCalls) > 0 && (
        <>
          {" "}
          In no figure: <Things of={of.unpricedCalls} one="call" /> of unknown cost.
        </>
      )}
    </p>
  );
}
