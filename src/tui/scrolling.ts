/**
 * Scrolling a pane: as far as it has lines, and from where it stands. `script` and `hazards` follow the
 * cursor while their scroll is 0; else it is the number of the first line that is shown, from 1.
 */
import type { Action, Pane, Session } from "../session/mod.ts";
import { inner } from "./box.ts";
import type { Placed } from "./layout.ts";
import { firstHazard, firstScriptLine, mapSpan, PANE_VIEWS } from "./panes/mod.ts";
import { sceneOf } from "./scene.ts";

/** What a pane that follows does again once the cursor moves. */
export const FOLLOWING: readonly Pane[] = ["script", "hazards", "transcript"];

/** More lines than any pane has that makes all of them. */
const ALL = 1 << 20;

/** `by` lines on, or back if it is negative; in the map a part of what it shows. */
export function scrolled(session: Session, box: Placed, by: number): Action | undefined {
  const { pane } = box;
  if (pane === "console" || pane === "other") return undefined;
  const { width, height } = inner(box.width, box.height);
  const at = session.view.scroll[pane] ?? 0;
  const scene = sceneOf(session);
  switch (pane) {
    case "transcript":
      // It counts back from its end.
      return { kind: "scroll-to", pane, line: Math.max(0, at - by) };
    case "map": {
      const address = session.view.address + Math.sign(by) * mapSpan(scene) / 8;
      return { kind: "look", address: Math.max(0, address), pane: session.view.pane };
    }
    case "script":
    case "hazards": {
      const first = pane === "script" ? firstScriptLine : firstHazard;
      const from = at > 0 ? at : first(scene, height) + 1;
      return { kind: "scroll-to", pane, line: Math.max(1, from + by) };
    }
    default: {
      const lines = PANE_VIEWS[pane].draw(scene, width, ALL, 0).length;
      return { kind: "scroll-to", pane, line: Math.max(0, Math.min(at + by, lines - height)) };
    }
  }
}
