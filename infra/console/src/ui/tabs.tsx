/** Parts of a page that are shown one at a time; which one is in the address. */

import { linkTo } from "../router.ts";

export function Tabs(
  { page, tabs, current }: { page: string; tabs: [string, string][]; current: string },
) {
  return (
    <nav class="tabs pages" aria-label="Parts of this page">
      {tabs.map(([name, words]) => (
        <a
          key={name}
          href={linkTo(page, name)}
          aria-current={name === current ? "page" : undefined}
        >
          {words}
        </a>
      ))}
    </nav>
  );
}
