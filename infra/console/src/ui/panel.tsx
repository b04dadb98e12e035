/** A chart with all that belongs to it: its coverage, its table, its CSV and its curl. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Coverage } from "./coverage.tsx";
import { Value } from "./chart/bars.tsx";
import { bucketWords } from "./chart/axes.tsx";
import { type Data, toCsv } from "./chart/series.ts";
import { Table } from "./table.tsx";

interface Properties {
  title: string;
  data: Data;
  headers: Headers;
  curl: string;
  total?: ComponentChildren;
  children: ComponentChildren;
}

export function ChartPanel({ title, data, headers, curl, total, children }: Properties) {
  const [shown, show] = useState<"picture" | "table" | "curl">("picture");
  const tabs = [["picture", "Picture"], ["table", "Table"], ["curl", "curl"]] as const;
  return (
    <Panel
      title={title}
      aside={
        <div class="tabs" role="group" aria-label={`${title}: shown as`}>
          {tabs.map(([name, words]) => (
            <button
              key={name}
              type="button"
              aria-pressed={shown === name}
              onClick={() => show(name)}
            >
              {words}
            </button>
          ))}
          <button type="button" onClick={() => download(`${title}.csv`, toCsv(data))}>CSV</button>
        </div>
      }
    >
      {total && <p class="total">{total}</p>}
      {shown === "picture" && children}
      {shown === "table" && <DataTable title={title} data={data} />}
      {shown === "curl" && <Code text={curl} />}
      <Coverage headers={headers} compared={data.series.some((each) => each.before)} />
    </Panel>
  );
}

/** A part of a page with a head of its own. */
export function Panel({ title, aside, children, id }: {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  id?: string;
}) {
  return (
    <section class="panel" id={id}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

function DataTable({ title, data }: { title: string; data: Data }) {
  const rows = data.along.map((name, at) => ({ name, at }));
  const first = data.grain
    ? `${data.grain[0]!.toUpperCase()}${data.grain.slice(1)} (UTC)`
    : "Group";
  return (
    <Table
      caption={title}
      rows={rows}
      name={(row) => row.name}
      columns={[
        { title: first, cell: (row) => data.grain ? bucketWords(row.name, data.grain) : row.name },
        ...data.series.map((series) => ({
          title: series.name,
          numeric: true,
          cell: (row: { at: number }) => <Value of={series.values[row.at]} unit={data.unit} />,
        })),
      ]}
    />
  );
}

/** A text to be copied: a command, or what it answers. */
export function Code({ text, label = "Command" }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label}>{text}</pre>
      <button type="button" onClick={copy}>{copied ? "Copied" : "Copy"}</button>
    </div>
  );
}

/** Hand a text over as a file. */
export function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}
