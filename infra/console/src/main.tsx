/** The console: one page that speaks nothing but the public API. */

import "./style.css";
import type { ComponentType } from "preact";
import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { useRoute } from "./router.ts";
import { session, takeKey } from "./session.ts";
import { identify, SignIn } from "./signin.tsx";
import { Frame, PAGES } from "./ui/frame.tsx";
import { Failed } from "./ui/loading.tsx";
import { Head, type PageProperties } from "./ui/page.tsx";
import { showTheme } from "./ui/preferences.ts";
import { spanOf } from "./window.ts";

type Page = ComponentType<PageProperties>;

const LOADERS: Record<string, () => Promise<{ default: Page }>> = {
  start: () => import("./pages/start/page.tsx"),
  overview: () => import("./pages/overview/page.tsx"),
  explorer: () => import("./pages/explorer/page.tsx"),
  records: () => import("./pages/records/page.tsx"),
  record: () => import("./pages/records/record.tsx"),
  traces: () => import("./pages/traces/page.tsx"),
  trace: () => import("./pages/traces/trace.tsx"),
  jobs: () => import("./pages/jobs/page.tsx"),
  customers: () => import("./pages/customers/page.tsx"),
  budgets: () => import("./pages/budgets/page.tsx"),
  bills: () => import("./pages/bills/page.tsx"),
  advice: () => import("./pages/advice/page.tsx"),
  models: () => import("./pages/models/page.tsx"),
  settings: () => import("./pages/settings/page.tsx"),
  reference: () => import("./pages/reference/page.tsx"),
};

function Console() {
  const route = useRoute();
  const [known, setKnown] = useState(false);
  // While a key is tried, the question for one stays: a page's part that arrives then draws anew.
  const [cameWithoutKey] = useState(!session.key);
  const [failure, setFailure] = useState<Error>();
  const [turn, setTurn] = useState(0);
  const [pages, setPages] = useState<Record<string, Page>>({});
  const Shown = pages[route.page];
  const { page, query } = route;
  // The end of the window stays the same while one looks at a page, so that its figures agree.
  const asked = [page, query.get("window"), query.get("from"), query.get("to"), turn];
  const span = useMemo(() => spanOf(query, new Date()), asked);

  useEffect(() => {
    if (session.key) identify().then(() => setKnown(true), setFailure);
  }, []);
  useEffect(() => {
    const name = route.page, load = LOADERS[name];
    const found = PAGES.find(({ page }) => page === name)?.words ?? name;
    document.title = `${found} – Meterlake`;
    if (load && !pages[name]) {
      load().then(
        (loaded) => setPages((all) => ({ ...all, [name]: loaded.default })),
        // Parts have other names after an update, and those of before are gone.
        () =>
          setFailure(
            new Error("The console was renewed, or its server is gone: load this page again"),
          ),
      );
    }
  }, [route.page]);

  const enter = () => {
    setFailure(undefined);
    setKnown(true);
  };
  const needsKey = !session.key || (!known && (cameWithoutKey || failure));
  if (needsKey) return <SignIn enter={enter} failure={failure} />;
  if (!known) return <p class="loading" role="status">Loading …</p>;
  return (
    <Frame route={route} span={span} again={() => setTurn(turn + 1)}>
      {failure && <Failed error={failure} />}
      {Shown && <Shown key={route.page + "/" + route.id} route={route} span={span} />}
      {!LOADERS[route.page] && (
        <Head title="There is no such page" lead="Choose one from the menu." />
      )}
    </Frame>
  );
}

takeKey();
showTheme();
render(<Console />, document.getElementById("app")!);
