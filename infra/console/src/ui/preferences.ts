/** What the viewer likes, kept in this browser: colours, times, and how many digits. */

import { useEffect, useState } from "preact/hooks";

interface Preferences {
  theme: "auto" | "light" | "dark";
  zone: "UTC" | "local";
  digits: "short" | "all";
}

const STORE = "meterlake.preferences";
const listeners = new Set<() => void>();

export const preferences: Preferences = {
  theme: "auto",
  zone: "UTC",
  digits: "short",
  ...JSON.parse(localStorage.getItem(STORE) ?? "{}"),
};

/** Change some, on every part of the page that shows them. */
export function prefer(changes: Partial<Preferences>): void {
  Object.assign(preferences, changes);
  localStorage.setItem(STORE, JSON.stringify(preferences));
  showTheme();
  for (const listener of listeners) listener();
}

/** Tell the style sheet which colours and how many digits are wanted. */
export function showTheme(): void {
  document.documentElement.dataset.theme = preferences.theme;
  document.documentElement.dataset.digits = preferences.digits;
}

/** Render again when a preference changes. */
export function usePreferences(): Preferences {
  const [, again] = useState({});
  useEffect(() => {
    const listener = () => again({});
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return preferences;
}
