/** Who may do what, who is told, and who changed something. */

import { Head, type PageProperties } from "../../ui/page.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import { Audit } from "./audit.tsx";
import { Assistants, Credentials, Prompts } from "./team.tsx";
import { Channels } from "./channels.tsx";
import { Keys } from "./keys.tsx";
import { Teams, Users } from "./people.tsx";

const TABS: [string, string][] = [
  ["keys", "Keys"],
  ["people", "Users and teams"],
  ["channels", "Channels"],
  ["assistants", "Coding assistants"],
  ["prompts", "Prompts"],
  ["audit", "Audit trail"],
];

export default function Settings({ route }: PageProperties) {
  const tab = route.id || "keys";
  return (
    <>
      <Head title="Settings" />
      <Tabs page="settings" tabs={TABS} current={tab} />
      {tab === "keys" && (
        <>
          <Keys route={route} />
          <Credentials />
        </>
      )}
      {tab === "people" && (
        <>
          <Users />
          <Teams />
        </>
      )}
      {tab === "channels" && <Channels />}
      {tab === "assistants" && <Assistants />}
      {tab === "prompts" && <Prompts />}
      {tab === "audit" && <Audit route={route} />}
    </>
  );
}
