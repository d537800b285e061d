/** What panes are called on their borders, and the digit that brings each. */
import type { Pane } from "../session/mod.ts";

const TITLES: Readonly<Record<Pane, string>> = {
  script: "script",
  transcript: "events",
  map: "memory",
  page: "page",
  walk: "page walk",
  images: "images",
  cpu: "processor",
  hazards: "hazards",
  world: "system",
};

/** The order is that of the keys Alt-1 … Alt-9. */
const ORDER = Object.keys(TITLES);

export function titleOf(pane: Pane): string {
  return TITLES[pane];
}

export function keyOf(pane: Pane): string {
  return String(ORDER.indexOf(pane) + 1);
}
