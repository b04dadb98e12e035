/** Who comes without a key is asked for one. */

import { useState } from "preact/hooks";
import { addressOf, call, Refused } from "./api/client.ts";
import { Failed } from "./ui/loading.tsx";
import { Field, Form } from "./ui/dialog.tsx";
import { changeKey, session } from "./session.ts";

/** Find out whose key it is. Raises Refused when nobody's. */
export async function identify(): Promise<void> {
  try {
    const { data } = await call("GET", addressOf("/v2/sdk/resolve-key"));
    const told = data as { teamId: string; tenantId: string; scopes: string[] };
    Object.assign(session, { team: told.teamId, tenant: told.tenantId, scopes: told.scopes });
  } catch (error) {
    // A key that may only read is not an SDK's: its user tells the team.
    if (!(error instanceof Refused && error.status === 403)) throw error;
    const { data } = await call("GET", addressOf("/profitstream/v2/api/users/me"));
    const told = data as { defaultTeamId: string; tenantId: string };
    Object.assign(session, { team: told.defaultTeamId, tenant: told.tenantId, scopes: ["read"] });
  }
}

export function SignIn({ enter, failure }: { enter: () => void; failure: Error | undefined }) {
  const [error, setError] = useState(failure);
  async function send({ key = "" }: Record<string, string>): Promise<void> {
    changeKey(key.trim());
    setError(undefined);
    await identify();
  }
  return (
    <main class="signin">
      <h1>Meterlake</h1>
      <p>Paste a key of this server. It stays in this tab, and goes nowhere but here.</p>
      {error && <Failed error={error} />}
      <Form submit="Sign in" send={send} done={enter}>
        <Field
          label="API key"
          name="key"
          type="password"
          required
          hint="begins with rev_sk_ (write) or rev_rk_ (read)"
        />
      </Form>
      <p class="quiet">
        A new one: <code>meterlake keys create</code>. The link that <code>meterlake up</code>{" "}
        prints signs in by itself.
      </p>
    </main>
  );
}
