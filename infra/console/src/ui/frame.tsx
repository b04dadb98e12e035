/** What stands around every page: the way to the others, the window, and how things are shown. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { change, linkTo, type Route } from "../router.ts";
import { changeKey, session } from "../session.ts";
import { type Span, WINDOWS } from "../window.ts";
import { When } from "./figures.tsx";
import { prefer, usePreferences } from "./preferences.ts";

/** The pages, in the order of the menu; `windowed` ones have a window. */
export const PAGES: { page: string; words: string; windowed: boolean; icon: string }[] = [
  { page: "start", words: "Start", windowed: false, icon: "M3 8h10M9 4l4 4-4 4" },
  { page: "overview", words: "Overview", windowed: true, icon: "M2 9l5-6 7 6v5H2z" },
  { page: "explorer", words: "Explorer", windowed: true, icon: "M3 14V8M8 14V3M13 14v-4" },
  { page: "records", words: "Records", windowed: true, icon: "M2 4h12M2 8h12M2 12h8" },
  { page: "traces", words: "Traces", windowed: true, icon: "M2 4h6M5 8h7M8 12h6" },
  { page: "jobs", words: "Jobs and ROI", windowed: true, icon: "M2 3h12l-5 6v5l-2-2V9z" },
  {
    page: "customers",
    words: "Customers",
    windowed: true,
    icon: "M8 7a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM3 14c0-6 10-6 10 0",
  },
  { page: "budgets", words: "Budgets and alerts", windowed: false, icon: "M8 2a6 6 0 106 6h-6z" },
  {
    page: "bills",
    words: "Bills",
    windowed: true,
    icon: "M4 2h8v12l-2-1-2 1-2-1-2 1zM6 6h4M6 9h4",
  },
  {
    page: "advice",
    words: "Advice",
    windowed: false,
    icon: "M6 11c-3-2-2-8 2-8s5 6 2 8zM6 14h4",
  },
  {
    page: "models",
    words: "Models and prices",
    windowed: true,
    icon: "M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3",
  },
  {
    page: "settings",
    words: "Settings",
    windowed: false,
    icon: "M3 4h10M3 8h10M3 12h10M6 2v4M10 6v4M5 10v4",
  },
  { page: "reference", words: "Reference", windowed: false, icon: "M5 4L2 8l3 4M11 4l3 4-3 4" },
];

interface Properties {
  route: Route;
  span: Span;
  again: () => void;
  children: ComponentChildren;
}

export function Frame({ route, span, again, children }: Properties) {
  const [open, setOpen] = useState(false);
  const current = route.page === "record"
    ? "records"
    : route.page === "trace"
    ? "traces"
    : route.page;
  const windowed = PAGES.find((each) => each.page === route.page)?.windowed ?? false;
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>To the content</a>
      <aside class={open ? "menu open" : "menu"}>
        <div class="brand">
          <a href={linkTo("overview")}>
            <Mark />Meterlake
          </a>
          <button
            type="button"
            class="plain toggle"
            aria-expanded={open}
            aria-controls="pages"
            onClick={() => setOpen(!open)}
          >
            Menu
          </button>
        </div>
        <nav id="pages" aria-label="Pages of the console" onClick={() => setOpen(false)}>
          {PAGES.map(({ page, words, icon }) => (
            <a key={page} href={linkTo(page)} aria-current={page === current ? "page" : undefined}>
              <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d={icon} />
              </svg>
              {words}
            </a>
          ))}
        </nav>
        <Shown />
      </aside>
      <div class="stage">
        {windowed && <WindowBar route={route} span={span} again={again} />}
        <main id="content">{children}</main>
      </div>
    </>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("h1")?.focus();
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="4" />
      <path d="M3 11l3-5 3 3 4-5" />
    </svg>
  );
}

/** Which window all figures of the page are of. */
function WindowBar({ route, span, again }: Omit<Properties, "children">) {
  const custom = Boolean(route.query.get("from"));
  const chosen = custom ? "custom" : route.query.get("window") ?? "30d";
  const choose = (name: string) => {
    if (name === "custom") {
      change({ window: "", from: span.start.slice(0, 10), to: span.end.slice(0, 10), page: "" });
    } else change({ window: name, from: "", to: "", page: "" });
  };
  return (
    <section class="windowbar" aria-label="Window">
      <label>
        <span class="hidden">Window</span>
        <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          {WINDOWS.map(([name, words]) => <option key={name} value={name}>{words}</option>)}
          <option value="custom">From … to …</option>
        </select>
      </label>
      {custom && (
        <>
          <input
            type="date"
            aria-label="From (UTC day)"
            value={route.query.get("from") ?? ""}
            onChange={(event) => change({ from: event.currentTarget.value, page: "" })}
          />
          <input
            type="date"
            aria-label="To (UTC day, included)"
            value={route.query.get("to") ?? ""}
            onChange={(event) => change({ to: event.currentTarget.value, page: "" })}
          />
        </>
      )}
      <span class="quiet range">
        <When at={span.start} /> to <When at={span.end} />
      </span>
      <button type="button" onClick={again}>Read again</button>
    </section>
  );
}

/** How things are shown, and whose key is used. */
function Shown() {
  const { theme, zone, digits } = usePreferences();
  const leave = () => {
    changeKey("");
    location.reload();
  };
  return (
    <div class="shown">
      <label>
        <span>Times</span>
        <select
          value={zone}
          onChange={(event) => prefer({ zone: event.currentTarget.value as "UTC" | "local" })}
        >
          <option value="UTC">UTC</option>
          <option value="local">Local ({Intl.DateTimeFormat().resolvedOptions().timeZone})</option>
        </select>
      </label>
      <label>
        <span>Digits</span>
        <select
          value={digits}
          onChange={(event) => prefer({ digits: event.currentTarget.value as "short" | "all" })}
        >
          <option value="short">Short</option>
          <option value="all">All</option>
        </select>
      </label>
      <label>
        <span>Colours</span>
        <select
          value={theme}
          onChange={(event) =>
            prefer({ theme: event.currentTarget.value as "auto" | "light" | "dark" })}
        >
          <option value="auto">As the system</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
        </select>
      </label>
      <p class="quiet">
        Team {session.team} <button type="button" class="link" onClick={leave}>Sign out</button>
      </p>
    </div>
  );
}
