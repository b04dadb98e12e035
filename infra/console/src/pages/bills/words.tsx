/** Words that several parts of the page have in common. */

import { curlOf } from "../../api/charts.ts";
import { addressOf } from "../../api/client.ts";
import { linkTo } from "../../router.ts";
import { session } from "../../session.ts";
import { Empty } from "../../ui/loading.tsx";
import { Code } from "../../ui/panel.tsx";

export const CREDENTIALS = "/profitstream/v2/api/provider-credentials";

/** SERVICE_TIER as "service tier". */
export function lower(word: string | null | undefined): string {
  return (word ?? "").toLowerCase().replaceAll("_", " ");
}

/** A GET as a command. */
export function commandOf(path: string, query: object): string {
  return curlOf("GET", addressOf(path, { teamId: session.team, ...query }));
}

/** No bill is known: how one comes. */
export function NoBill({ title, here = false }: { title: string; here?: boolean }) {
  return (
    <Empty title={title}>
      <p>
        Connect a provider with an administrator's key{" "}
        {here ? "above" : <a href={linkTo("bills", "connections")}>under Connections</a>}, or by
        {" "}
        <code>curl</code>. AWS, Azure and Google export FOCUS files:{" "}
        <code>meterlake bills import --team {session.team} FILE…</code>
      </p>
      <Code
        text={curlOf("POST", addressOf(CREDENTIALS, { teamId: session.team }), {
          credentialName: "Anthropic",
          provider: "anthropic",
          apiKey: "sk-ant-admin01-…",
        })}
      />
    </Empty>
  );
}
