/** What every page is given, and its head. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Route } from "../router.ts";
import { type Asked, Loaded } from "./loading.tsx";
import type { Span } from "../window.ts";

export interface PageProperties {
  route: Route;
  /** The window; some pages show none. */
  span: Span;
}

/** A page that is about one thing: what it is, or a head of its own over why it cannot be shown. */
export function Sole<T>(
  { of, title, children }: {
    of: Asked<T>;
    title: string;
    children: (value: T) => ComponentChildren;
  },
) {
  return (
    <>
      {of.error && <Head title={title} />}
      <Loaded of={of}>{children}</Loaded>
    </>
  );
}

/** The head of a page. Whoever came by the menu is led to it, so that a screen reader goes on there. */
export function Head(
  { title, lead, children }: {
    title: string;
    lead?: ComponentChildren;
    children?: ComponentChildren;
  },
) {
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement?.closest("nav")) place.current?.focus();
  }, []);
  return (
    <header class="head">
      <div>
        <h1 ref={place} tabIndex={-1}>{title}</h1>
        {lead && <p class="lead">{lead}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  );
}
