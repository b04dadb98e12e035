/** Whose key it is. It came in the fragment, which reaches no server and no log, lies in
 * sessionStorage and goes with each call; there is no cookie. */

const KEY = "meterlake.key";

/** The key, and the team that it belongs to. */
export const session = { key: "", team: "", tenant: "", scopes: [] as string[] };

/** Take the key out of the fragment, so that it is in no history and no link that is sent on. */
export function takeKey(): void {
  const given = /^#key=([\w-]+)/.exec(location.hash);
  if (given) {
    sessionStorage.setItem(KEY, given[1]!);
    history.replaceState(null, "", location.pathname + "#/overview");
  }
  session.key = sessionStorage.getItem(KEY) ?? "";
}

/** Use another key, or none. */
export function changeKey(key: string): void {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
  session.key = key;
  session.team = "";
}
