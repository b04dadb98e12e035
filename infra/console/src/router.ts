/** Where one is, in the fragment: `#/page/id?window=30d&…`, so that a view can be sent to a
 * colleague and nothing of it is in a server's log. */

import { useEffect, useState } from "preact/hooks";

export interface Route {
  page: string;
  id: string;
  query: URLSearchParams;
}

/** The route that the fragment says. */
export function routeOf(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...rest] = path.split("/");
  return {
    page: page || "overview",
    id: decodeURIComponent(rest.join("/")),
    query: new URLSearchParams(query),
  };
}

/** Query members that belong to every page, and are kept from one to the next. */
const SHARED = ["window", "from", "to"];

/** The fragment of a page. */
export function linkTo(page: string, id = "", query: Record<string, string> = {}): string {
  const now = routeOf(location.hash).query;
  const parameters = new URLSearchParams();
  for (const name of SHARED) if (now.get(name)) parameters.set(name, now.get(name)!);
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const told = parameters.toString();
  return `#/${page}${id && "/" + encodeURIComponent(id)}${told && "?" + told}`;
}

/** Go there. */
export function go(page: string, id = "", query: Record<string, string> = {}): void {
  location.hash = linkTo(page, id, query);
}

/** Change members of the query and stay on the page; an empty one goes. */
export function change(changes: Record<string, string>): void {
  const { page, id, query } = routeOf(location.hash);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const told = query.toString();
  location.hash = `#/${page}${id && "/" + encodeURIComponent(id)}${told && "?" + told}`;
}

/** The route, and another one when it changes. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
