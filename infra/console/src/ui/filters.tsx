/** Filters of a list, kept in the URL, so that what is shown can be sent to a colleague. */
import { change, linkTo, type Route } from "../router.ts";
import type { Span } from "../window.ts";

/** Query parameters of a list, each with its words. */
export type Filter = [name: string, words: string];

/** What a list of a window is asked: its filters, order and page as the URL has them. */
export function listQuery(
  route: Route,
  span: Span,
  filters: Filter[],
  sort: string,
): Record<string, string> {
  const query: Record<string, string> = {
    startDate: span.start,
    endDate: span.end,
    sort: route.query.get("sort") ?? sort,
    page: route.query.get("page") ?? "0",
    size: "25",
  };
  for (const [name] of filters) {
    const value = route.query.get(name);
    if (value) query[name] = value;
  }
  return query;
}

/** The form that sets them. */
export function Filters({ filters, route }: { filters: Filter[]; route: Route }) {
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    const values = filters.map(([name]) => [name, String(given.get(name) ?? "").trim()]);
    change({ page: "", ...Object.fromEntries(values) });
  };
  return (
    <section class="panel">
      <form class="filters" onSubmit={apply}>
        {filters.map(([name, words]) => (
          <label key={name}>
            {words}
            <input name={name} defaultValue={route.query.get(name) ?? ""} size={14} />
          </label>
        ))}
        <button type="submit" class="primary">Filter</button>
        <button type="button" onClick={() => location.assign(linkTo(route.page))}>Clear</button>
      </form>
    </section>
  );
}
