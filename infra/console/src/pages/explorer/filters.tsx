/** Which calls count. A filter stands in the address as `f=MODEL:IS:gpt-4o`. */

import type { Configuration } from "../../api/charts.ts";
import { get } from "../../api/client.ts";
import { routeOf } from "../../router.ts";
import { useState } from "preact/hooks";
import { useAnswer } from "../../ui/loading.tsx";

type Filter = NonNullable<Configuration["filters"]>[number];

export const DIMENSIONS: [string, string][] = [
  ["MODEL", "Model"],
  ["PROVIDER", "Provider"],
  ["AGENT", "Agent"],
  ["ORGANIZATION", "Customer"],
  ["PRODUCT", "Product"],
  ["SUBSCRIBER", "Subscriber"],
  ["CREDENTIAL", "Credential"],
  ["TASK_TYPE", "Task type"],
];
const OPERATORS: [string, string][] = [
  ["IS", "is"],
  ["IS_NOT", "is not"],
  ["CONTAINS", "contains"],
  ["STARTS_WITH", "starts with"],
];

/** The filters of a query. */
export function filtersOf(query: URLSearchParams): Filter[] {
  return query.getAll("f").map((text) => {
    const [dimension = "", operator = "", ...rest] = text.split(":");
    return { dimension, operator, value: rest.join(":") } as Filter;
  });
}

/** Keep those filters of the page that pass, and no others. */
export function keepFilters(passes: (filter: Filter) => boolean): void {
  const { query } = routeOf(location.hash);
  const filters = filtersOf(query);
  set(query.getAll("f").filter((_, at) => passes(filters[at]!)));
}

function set(texts: string[]): void {
  const { page, query } = routeOf(location.hash);
  query.delete("f");
  for (const text of texts) query.append("f", text);
  location.hash = `#/${page}?${query}`;
}

interface Properties {
  query: URLSearchParams;
  choices: [string, string][];
}

/** The filters, with a way to add one by one of the choices, and to take one away. */
export function Filters({ query, choices }: Properties) {
  const texts = query.getAll("f");
  return (
    <div class="filters">
      {filtersOf(query).map((filter, at) => (
        <button
          key={texts[at]}
          type="button"
          class="small"
          onClick={() => set(texts.filter((_, other) => other !== at))}
        >
          {wordOf(choices, filter.dimension)} {wordOf(OPERATORS, filter.operator)} {filter.value}
          {" "}
          <span aria-hidden="true">✕</span>
          <span class="hidden">: take this filter away</span>
        </button>
      ))}
      <Add choices={choices} add={(text) => set([...texts, text])} />
    </div>
  );
}

function wordOf(words: [string, string][], name: string): string {
  return words.find(([each]) => each === name)?.[1] ?? name;
}

function Add(
  { choices, add }: { choices: Properties["choices"]; add: (text: string) => void },
) {
  const [dimension, setDimension] = useState(choices[0]?.[0] ?? "");
  const [operator, setOperator] = useState("IS");
  const [value, setValue] = useState("");
  const values = useAnswer(
    async (signal) => {
      // What jobs and budgets are called is proposed by nobody.
      if (!DIMENSIONS.some(([each]) => each === dimension)) return [];
      const query = { dimension: dimension as "MODEL", size: 100 };
      const answer = await get("/profitstream/v2/api/ai/filter-values", { query, signal });
      return answer.data.items;
    },
    [dimension],
  );
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        if (value.trim()) add(`${dimension}:${operator}:${value.trim()}`);
        setValue("");
      }}
    >
      <label>
        Only where
        <select value={dimension} onChange={(event) => setDimension(event.currentTarget.value)}>
          {choices.map(([each, words]) => <option key={each} value={each}>{words}</option>)}
        </select>
      </label>
      <select
        aria-label="How it is compared"
        value={operator}
        onChange={(event) => setOperator(event.currentTarget.value)}
      >
        {OPERATORS.map(([each, words]) => <option key={each} value={each}>{words}</option>)}
      </select>
      <input
        aria-label="Value of the filter"
        list="filter-values"
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <datalist id="filter-values">
        {(values.value ?? []).map((each) => <option key={each} value={each} />)}
      </datalist>
      <button type="submit">Add filter</button>
    </form>
  );
}
