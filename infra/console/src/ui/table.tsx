/** Tables: of rows that the API gave, in the order that it gave them. */

import type { ComponentChildren } from "preact";
import type { PageOf } from "../api/client.ts";
import { change } from "../router.ts";
import { Count } from "./figures.tsx";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  numeric?: boolean;
  /** The name that the API sorts by; without one the column cannot be sorted. */
  sort?: string;
}

interface Properties<Row> {
  caption: string;
  rows: Row[];
  columns: Column<Row>[];
  name: (row: Row) => string;
  sort?: string;
}

/** A table; a click on a head that sorts asks the API for another order. */
export function Table<Row>({ caption, rows, columns, name, sort = "" }: Properties<Row>) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => <Head key={column.title} column={column} sort={sort} />)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={name(row)}>
              {columns.map((column) => (
                <td
                  key={column.title}
                  data-title={column.title}
                  class={column.numeric ? "number" : undefined}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head<Row>({ column, sort }: { column: Column<Row>; sort: string }) {
  const [by, direction = "asc"] = sort.split(",");
  const looks = column.numeric ? "number" : undefined;
  // A column of buttons has a name for those who do not see them.
  const title = column.title || <span class="hidden">Actions</span>;
  if (!column.sort) return <th scope="col" class={looks}>{title}</th>;
  const sorted = by === column.sort ? (direction === "asc" ? "ascending" : "descending") : "none";
  const next = sorted === "descending" ? "asc" : "desc";
  return (
    <th scope="col" class={looks} aria-sort={sorted}>
      <button
        type="button"
        class="sorter"
        onClick={() => change({ sort: `${column.sort},${next}`, page: "" })}
      >
        {column.title}
        <span aria-hidden="true">{{ ascending: " ↑", descending: " ↓", none: "" }[sorted]}</span>
      </button>
    </th>
  );
}

/** Where one is in a list, and the way on; `parameter` of the URL holds the page. The number of all is
 * the API's. */
export function Pager(
  { page, parameter = "page" }: { page: PageOf | undefined; parameter?: string },
) {
  const number = Number(page?.number ?? 0), pages = Number(page?.totalPages ?? 0);
  return (
    <div class="pager" role="group" aria-label="Pages">
      <span>
        <Count of={page?.totalElements} /> in all
      </span>
      {pages > 1 && (
        <>
          <button
            type="button"
            disabled={number === 0}
            onClick={() => change({ [parameter]: String(number - 1) })}
          >
            Previous
          </button>
          <span>page {number + 1} of {pages.toLocaleString()}</span>
          <button
            type="button"
            disabled={number + 1 >= pages}
            onClick={() => change({ [parameter]: String(number + 1) })}
          >
            Next
          </button>
        </>
      )}
    </div>
  );
}

/** The pairs of a record, as a list of terms. */
export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
