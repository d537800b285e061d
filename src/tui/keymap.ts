/**
 * From what a terminal sends to what is done: the session's tables of keys and commands first, then
 * what belongs to the screen alone. Pure.
 */
import { type Action, COMMANDS, KEYS, type Session } from "../session/mod.ts";
import type { TerminalInput } from "./decode.ts";
import type { Layout, Placed } from "./layout.ts";
import { scrolled } from "./scrolling.ts";

/** What only the screen knows of. */
export type ScreenAction =
  | { readonly kind: "session"; readonly action: Action }
  | { readonly kind: "scroll-console"; readonly by: number }
  | { readonly kind: "suspend" }
  | { readonly kind: "repaint" }
  /** Put back what was deleted last. */
  | { readonly kind: "yank" };

/** Keys of the screen, for help. */
export const SCREEN_KEYS: readonly (readonly [string, string])[] = [
  ["left, right", "on an empty line: a step back, a step forward"],
  ["pageup, pagedown", "scroll the chosen pane"],
  ["shift+pageup, shift+pagedown", "scroll what was said; with alt too"],
  ["wheel", "scrolls what is under the pointer; with shift the terminal selects text"],
  ["alt+-, alt+=", "zoom the memory map out, in"],
  ["ctrl+y", "put back what was deleted last"],
  ["ctrl+l", "draw the screen anew"],
  ["ctrl+z", "stop kx; `fg` brings it back"],
  ["escape", "close help, completion, search"],
];

export function actionsFor(
  input: TerminalInput,
  session: Session,
  layout: Layout,
): readonly ScreenAction[] {
  const isHelp = session.view.help !== undefined;
  switch (input.kind) {
    case "text":
      if (!isHelp) return typed(input.text, session);
      // Letters that only mean to close it are not typed.
      return /^[q? ]$/.test(input.text)
        ? [done({ kind: "help" })]
        : [done({ kind: "help" }), ...typed(input.text, session)];
    case "paste": {
      const pasted = done({ kind: "insert", text: input.text });
      return isHelp ? [done({ kind: "help" }), pasted] : [pasted];
    }
    case "wheel":
      if (isHelp) return [{ kind: "scroll-console", by: input.by }];
      return turned(
        input.by,
        session,
        layout.boxes.find((box) => isInside(box, input.x, input.y)),
      );
    case "key":
      return pressed(input.name, session, layout);
  }
}

function done(action: Action): ScreenAction {
  return { kind: "session", action };
}

function typed(text: string, { input }: Session): readonly ScreenAction[] {
  if (text === "?" && input.text === "" && input.search === undefined) {
    return [done({ kind: "enter", text: ":help" })];
  }
  return [done({ kind: "insert", text })];
}

function isInside({ x, y, width, height }: Placed, column: number, row: number): boolean {
  return column >= x && column < x + width && row >= y && row < y + height;
}

function turned(
  by: number,
  session: Session,
  box: Placed | undefined,
): readonly ScreenAction[] {
  if (box?.pane === "console") return [{ kind: "scroll-console", by: -by }];
  const action = box === undefined ? undefined : scrolled(session, box, by);
  return action === undefined ? [] : [done(action)];
}

function pressed(name: string, session: Session, layout: Layout): readonly ScreenAction[] {
  const { input, view } = session;
  if (view.help !== undefined) return inHelp(name);
  const isEmpty = input.text === "" && input.search === undefined;
  switch (name) {
    case "escape":
      if (input.search !== undefined) return [done({ kind: "search", to: "cancel" })];
      return input.completion === undefined ? [] : [done({ kind: "complete", to: "cancel" })];
    case "left":
    case "right":
      if (!isEmpty) break;
      return [done({ kind: "move", how: "step", back: name === "left" })];
    case "up":
    case "down":
      if (input.completion !== undefined) {
        return [done({ kind: "complete", to: name === "up" ? "previous" : "next" })];
      }
      return lineMove(name, session);
    case "enter":
      if (input.completion !== undefined && input.completion.selected >= 0) {
        return [done({ kind: "complete", to: "accept" })];
      }
      break;
    case "ctrl+d":
      if (isEmpty) break;
      return [done({ kind: "delete", what: "after" })];
    case "ctrl+c":
      // Twice, with nothing to stop and nothing typed, is meant.
      if (session.running?.cancelled) return [done({ kind: "quit" })];
      break;
    case "ctrl+g":
      return pressed("escape", session, layout);
    case "ctrl+r":
      if (input.search === undefined) break;
      return [done({ kind: "search", to: "older" })];
    case "ctrl+s":
      return input.search === undefined ? [] : [done({ kind: "search", to: "newer" })];
    case "ctrl+z":
      return [{ kind: "suspend" }];
    case "ctrl+l":
      return [{ kind: "repaint" }];
    case "ctrl+y":
      return [{ kind: "yank" }];
    case "pageup":
    case "pagedown":
      return page(name === "pageup" ? -1 : 1, session, layout);
    // Some terminals keep Shift and these keys to themselves.
    case "shift+pageup":
    case "alt+pageup":
      return [{ kind: "scroll-console", by: 5 }];
    case "shift+pagedown":
    case "alt+pagedown":
      return [{ kind: "scroll-console", by: -5 }];
    case "alt+-":
      return [done({ kind: "zoom", by: -1 })];
    case "alt+=":
    case "alt++":
      return [done({ kind: "zoom", by: 1 })];
  }
  return fromTables(name, session);
}

function inHelp(name: string): readonly ScreenAction[] {
  switch (name) {
    case "ctrl+z":
      return [{ kind: "suspend" }];
    case "up":
    case "pageup":
      return [{ kind: "scroll-console", by: name === "up" ? -1 : -10 }];
    case "down":
    case "pagedown":
      return [{ kind: "scroll-console", by: name === "down" ? 1 : 10 }];
    default:
      return [done({ kind: "help" })];
  }
}

/** In a text of several lines up and down move in it; at its edge, through history. */
function lineMove(to: "up" | "down", { input }: Session): readonly ScreenAction[] {
  const { text, caret } = input;
  const inside = to === "up"
    ? text.lastIndexOf("\n", caret - 1) >= 0
    : text.indexOf("\n", caret) >= 0;
  if (inside && caret > 0) return [done({ kind: "caret", to })];
  if (inside && to === "down") return [done({ kind: "caret", to })];
  return [done({ kind: "history", to: to === "up" ? "older" : "newer" })];
}

/** All but two lines of what is seen. */
function page(turn: number, session: Session, layout: Layout): readonly ScreenAction[] {
  const box = layout.boxes.find(({ pane }) => pane === session.view.pane);
  return turned(turn * Math.max(1, (box?.height ?? 0) - 4), session, box);
}

function fromTables(name: string, session: Session): readonly ScreenAction[] {
  const row = KEYS.find(({ keys }) => keys.includes(name));
  if (row !== undefined) return [done(row.action)];
  const command = COMMANDS.find(({ keys }) => keys?.includes(name));
  if (command === undefined) return [];
  const { actions = [], lines, problem, hint } = command.run(session, "");
  const said: Action[] = problem !== undefined
    ? [{ kind: "say", as: "error", lines: hint === undefined ? [problem] : [problem, hint] }]
    : lines === undefined
    ? []
    : [{ kind: "say", as: "output", lines }];
  return [...said, ...actions].map(done);
}
