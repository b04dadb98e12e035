/** The whole contract, from the document that the server serves, with the session's key to try it. */

import { useState } from "preact/hooks";
import { addressOf } from "../../api/client.ts";
import { change } from "../../router.ts";
import { Loaded, useAnswer } from "../../ui/loading.tsx";
import { Head, type PageProperties } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Document, entriesOf, type Entry } from "./contract.ts";
import { Try } from "./try.tsx";

export default function Reference({ route }: PageProperties) {
  const asked = useAnswer(async (signal) => {
    // Not read exactly: the numbers of its examples are to be numbers.
    const answer = await fetch(addressOf("/openapi.json"), { signal });
    return await answer.json() as Document;
  }, []);
  const tag = route.query.get("tag") ?? "", search = route.query.get("search") ?? "";
  return (
    <>
      <Head
        title="Reference"
        lead={
          <>
            Every operation, from{" "}
            <a href={addressOf("/openapi.json")}>openapi.json</a>, to be tried with the key of this
            session.
          </>
        }
      />
      <Loaded of={asked}>
        {(document) => {
          const entries = entriesOf(document);
          const matching = entries.filter((entry) =>
            (!tag || entry.tag === tag) && (!search || entry.words.includes(search.toLowerCase()))
          );
          return (
            <>
              <section class="panel">
                <div class="filters">
                  <label>
                    Search<input
                      type="search"
                      value={search}
                      onInput={(event) => change({ search: event.currentTarget.value })}
                    />
                  </label>
                  <label>
                    Group
                    <select
                      value={tag}
                      onChange={(event) => change({ tag: event.currentTarget.value })}
                    >
                      <option value="">all</option>
                      {document.tags.map((each) => (
                        <option key={each.name} value={each.name}>
                          {each.name.replaceAll("_", " ")}
                        </option>
                      ))}
                    </select>
                  </label>
                  <span class="quiet">{matching.length} of {entries.length} operations</span>
                </div>
              </section>
              {document.tags.map((each) => (
                <Group
                  key={each.name}
                  name={each.name}
                  description={each.description}
                  entries={matching.filter((entry) => entry.tag === each.name)}
                  document={document}
                />
              ))}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Group(
  { name, description, entries, document }: {
    name: string;
    description: string;
    entries: Entry[];
    document: Document;
  },
) {
  if (!entries.length) return null;
  return (
    <Panel title={name.replaceAll("_", " ")} aside={<span class="quiet">{description}</span>}>
      <div>
        {entries.map((entry) => (
          <One key={entry.method + entry.path} entry={entry} document={document} />
        ))}
      </div>
    </Panel>
  );
}

/** What is closed is not rendered: there are hundreds. */
function One({ entry, document }: { entry: Entry; document: Document }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="operation" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="method">{entry.method}</span>
        <code>{entry.path}</code>
        <span class="quiet">{entry.summary}</span>
      </summary>
      {open && <Try entry={entry} document={document} />}
    </details>
  );
}
