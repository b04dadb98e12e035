/** What a token costs: models without a price, the catalogue, and prices of one's own. */

import { Head, type PageProperties } from "../../ui/page.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Catalogue } from "./catalogue.tsx";
import { UnpricedModels } from "./unpriced.tsx";

const TABS: [string, string][] = [["unpriced", "Without a price"], ["own", "Own prices"], [
  "catalogue",
  "Catalogue",
]];

export default function Models({ route, span }: PageProperties) {
  const tab = route.id || "unpriced";
  return (
    <>
      <Head
        title="Models and prices"
        lead="An unknown price is never 0: its calls are counted and named, and rated by themselves once it arrives."
      />
      <Tabs page="models" tabs={TABS} current={tab} />
      {tab === "unpriced" && <UnpricedModels span={span} />}
      {tab === "own" && <Catalogue route={route} own />}
      {tab === "catalogue" && <Catalogue route={route} />}
    </>
  );
}
