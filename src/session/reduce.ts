/** The next session. Pure: what needs files or time is left in `effects`. */
import { isIncomplete } from "../syntax/mod.ts";
import { wrapWords } from "../text/mod.ts";
import type { Action } from "./actions.ts";
import { whereLines } from "./answers.ts";
import { MOST_BREAKPOINTS } from "./breakpoints.ts";
import { answerTo, isCommand, mustWait } from "./commands.ts";
import { type CommandAnswer, complaint } from "./command.ts";
import { acceptCandidate, beginCompletion, filesListed, nextCandidate } from "./completing.ts";
import * as edit from "./edit.ts";
import type { Effect } from "./effects.ts";
import { EMPTY_INPUT, type Input } from "./input.ts";
import { say } from "./messages.ts";
import { goTo, moved, onBranch, toWriter } from "./moving.ts";
import { loaded, ran } from "./running.ts";
import { endOfEntry } from "./place.ts";
import { PANES, type Session } from "./session.ts";
import { look, scroll, scrollTo, zoom } from "./looking.ts";
import { CRASH_REPLACEMENT } from "./tour/mod.ts";

export function reduce(session: Session, action: Action): Session {
  switch (action.kind) {
    case "insert":
      return typing(session, action.text);
    case "delete": {
      const { search } = session.input;
      if (search !== undefined && action.what === "before") {
        return withInput(
          session,
          edit.searchFor(session.input, [...search.query].slice(0, -1).join("")),
        );
      }
      return withInput(session, edit.remove(session.input, action.what));
    }
    case "caret":
      return withInput(session, edit.moveCaret(session.input, action.to));
    case "set-input": {
      const text = edit.printableInput(action.text);
      return withInput(
        session,
        edit.typed(text, Math.min(action.caret ?? text.length, text.length)),
      );
    }
    case "submit":
      return submit(session);
    case "enter":
      return enter(session, action.text);
    case "type-now": {
      // What it wants comes before what was waiting.
      const { effects } = session;
      const here = { ...session, effects: [] };
      const there = action.cursor === undefined ? here : goTo(here, action.cursor);
      const { history } = session;
      const next = enter(there, action.text);
      // Nobody typed it just now.
      const wanted = next.effects.filter(({ kind }) => kind !== "remember");
      return { ...next, history, effects: [...wanted, ...effects] };
    }
    case "answer": {
      // The same.
      const { effects } = session;
      const next = answered({ ...session, effects: [] }, answerTo(session, action.text));
      return { ...next, effects: [...next.effects, ...effects] };
    }
    case "history":
      return withInput(session, edit.walkHistory(session.input, session.history, action.to));
    case "search":
      return withInput(session, edit.search(session.input, session.history, action.to));
    case "complete":
      return complete(session, action.to);
    case "interrupt":
      return interrupt(session);
    case "move":
      return moved(session, action);
    case "go-to":
    case "go-to-cursor":
    case "go-to-entry":
    case "to-event":
      return goTo(session, action);
    case "to-writer":
      return toWriter(session, action.address);
    case "branch":
      return onBranch(session, action.id);
    case "break": {
      if (session.breakpoints.length >= MOST_BREAKPOINTS) return session;
      const id = session.nextBreakpoint;
      return {
        ...session,
        nextBreakpoint: id + 1,
        breakpoints: [...session.breakpoints, { id, ...action.on }],
      };
    }
    case "unbreak":
      return {
        ...session,
        breakpoints: session.breakpoints.filter((b) => action.id !== "all" && b.id !== action.id),
      };
    case "pane": {
      const by = action.pane === "next" ? 1 : -1;
      const pane = action.pane === "next" || action.pane === "previous"
        ? PANES[(PANES.indexOf(session.view.pane) + by + PANES.length) % PANES.length]!
        : action.pane;
      return withView(session, { pane });
    }
    case "look":
      return look(session, action.address, action.pane);
    case "zoom":
      return zoom(session, action.by);
    case "scroll":
      return scroll(session, action.pane, action.by);
    case "scroll-to":
      return scrollTo(session, action.pane, action.line);
    case "theme":
      return withView(session, { theme: action.theme });
    case "resize":
      return withView(session, {
        columns: Math.max(1, Math.floor(action.columns)),
        rows: Math.max(1, Math.floor(action.rows)),
      });
    case "help": {
      const { help: _, ...view } = session.view;
      return {
        ...session,
        view: action.lines === undefined ? view : { ...view, help: action.lines },
      };
    }
    case "tour":
      return tour(session, action.to);
    case "load": {
      const { path, shown = path, keep = false } = action;
      return wanting(session, { kind: "load", path, shown, keep });
    }
    case "save":
      return wanting(session, action);
    case "open":
      return wanting(
        session,
        action.name === ""
          ? { kind: "list-examples" }
          : { kind: "open-example", name: action.name },
      );
    case "recover":
      return wanting(
        session,
        action.wanted ? { kind: "recover" } : { kind: "discard-journal", wanted: false },
      );
    case "queue":
      return wanting(session, ...action.effects);
    case "effects-taken":
      return { ...session, effects: session.effects.slice(action.count) };
    case "say":
      return say(session, action.as, action.lines);
    case "running": {
      const { what, steps, ticks } = action;
      const cancelled = session.running?.cancelled ?? false;
      return { ...session, running: { what, steps, ticks, cancelled } };
    }
    case "ran":
      return wanting(ran(session, action), ...journal(action));
    case "comment":
      return { ...idle(session), comments: session.comments + action.text };
    case "idle":
      return idle(session);
    case "loaded":
      return wanting(loaded(session, action), ...journalOfLoad(action));
    case "saved":
      return { ...session, unsaved: false, saved: action.path };
    case "history-read":
      return { ...session, history: [...action.lines, ...session.history] };
    case "files-listed":
      return withInput(session, filesListed(session, action.folder, action.names));
    case "quit":
      return { ...session, ended: true };
  }
}

function withInput(session: Session, input: Input): Session {
  return input === session.input ? session : { ...session, input };
}

function withView(session: Session, change: Partial<Session["view"]>): Session {
  return { ...session, view: { ...session.view, ...change } };
}

function wanting(session: Session, ...effects: readonly Effect[]): Session {
  return effects.length === 0 ? session : { ...session, effects: [...session.effects, ...effects] };
}

function idle(session: Session): Session {
  const { running: _, ...rest } = session;
  return rest;
}

/** What must be typed again after a crash to have the same. */
function journal({ at, text }: Extract<Action, { kind: "ran" }>): Effect[] {
  if (text === "") return [];
  const { branch, entry, step } = at;
  return [{ kind: "journal", entry: { kind: "run", branch, place: { entry, step }, text } }];
}

/** The script, and what was typed before and has been run again. */
function journalOfLoad({ path, shown, branches }: Extract<Action, { kind: "loaded" }>): Effect[] {
  const effects: Effect[] = [{ kind: "journal", entry: { kind: "load", path, shown } }];
  for (const { id, parent, entries, shared } of branches) {
    for (const [i, { loaded, script }] of entries.entries()) {
      if (loaded || i < shared) continue;
      const on = i === shared && parent !== undefined
        ? parent
        : { branch: id, place: endOfEntry(entries, i - 1) };
      effects.push({ kind: "journal", entry: { kind: "run", ...on, text: script } });
    }
  }
  return effects;
}

function typing(session: Session, text: string): Session {
  const { input } = session;
  if (input.text.length + text.length > edit.LONGEST_INPUT) {
    return say(session, "error", TOO_LONG);
  }
  if (input.search !== undefined) {
    return withInput(session, edit.searchFor(input, input.search.query + text));
  }
  const binary = binaryShare(text);
  if (binary > 0) {
    return say(session, "error", notText(binary));
  }
  return withInput(session, edit.insert(input, text));
}

/** Characters that no script has. Tabs and line ends are fine. */
function binaryShare(text: string): number {
  // deno-lint-ignore no-control-regex
  return text.match(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/g)?.length ?? 0;
}

const TOO_LONG = complaint(
  `That is too long to type: more than ${edit.LONGEST_INPUT >> 10} KiB`,
  "Put it into a file and `:load` it",
);

function notText(count: number): readonly string[] {
  return complaint(
    `That is not text: ${count} of its characters control a terminal or are broken`,
  );
}

function submit(session: Session): Session {
  const { input } = session;
  if (input.search !== undefined) {
    return withInput(session, edit.search(input, session.history, "accept"));
  }
  if (input.completion !== undefined && input.completion.selected >= 0) {
    return withInput(session, acceptCandidate(input));
  }
  const { text } = input;
  if (!isCommand(text) && isIncomplete(text)) {
    return withInput(session, edit.insert({ ...input, caret: text.length }, "\n"));
  }
  return enter({ ...session, input: EMPTY_INPUT }, text);
}

/** Takes a whole text: a command, the next stop of the tour for an empty one, or statements to run. */
function enter(session: Session, text: string): Session {
  const trimmed = text.trim();
  if (trimmed === "") return session.tour === undefined ? session : tour(session, "next");
  const binary = binaryShare(text);
  if (binary > 0 || text.length > edit.LONGEST_INPUT) {
    return say(session, "error", binary > 0 ? notText(binary) : TOO_LONG);
  }
  const told = remembered(say(session, "input", text.trimEnd().split("\n")), text.trimEnd());
  if (isCommand(text)) {
    return told.running !== undefined && mustWait(trimmed)
      ? wanting(told, { kind: "answer", text: trimmed })
      : answered(told, answerTo(told, trimmed));
  }
  return wanting(told, { kind: "run", text });
}

function remembered(session: Session, line: string): Session {
  if (session.history.at(-1) === line) return session;
  return wanting(
    { ...session, history: [...session.history, line] },
    { kind: "remember", line },
  );
}

function answered(session: Session, answer: CommandAnswer): Session {
  const { actions = [], lines = [], problem, hint } = answer;
  if (problem !== undefined) {
    return say(session, "error", complaint(problem, hint, Math.max(40, session.view.columns)));
  }
  const next = actions.reduce(reduce, say(session, "output", lines));
  // Without a screen nobody sees where the cursor went.
  const went = next.cursor !== session.cursor && session.view.linear;
  return went ? say(next, "output", whereLines(next)) : next;
}

function complete(session: Session, to: "next" | "previous" | "accept" | "cancel"): Session {
  const { input } = session;
  switch (to) {
    case "accept":
      return withInput(session, acceptCandidate(input));
    case "cancel": {
      const { completion: _, ...rest } = input;
      return withInput(session, rest);
    }
    case "next":
    case "previous": {
      if (input.completion !== undefined) return withInput(session, nextCandidate(input, to));
      const begun = beginCompletion(session);
      return wanting(withInput(session, begun.input), ...begun.effects);
    }
  }
}

function interrupt(session: Session): Session {
  if (session.running !== undefined) {
    return { ...session, running: { ...session.running, cancelled: true } };
  }
  if (session.input.search !== undefined) {
    return withInput(session, edit.search(session.input, session.history, "cancel"));
  }
  return withInput(session, EMPTY_INPUT);
}

function tour(session: Session, to: Extract<Action, { kind: "tour" }>["to"]): Session {
  if (to === "begin") {
    const begun: Session = { ...session, tour: { stops: CRASH_REPLACEMENT, at: 0 } };
    return explained(
      say(begun, "tour", ["The tour. An empty line goes on, `:tour end` leaves it."]),
    );
  }
  const { tour, ...rest } = session;
  if (tour === undefined) return session;
  if (to === "explain") {
    const at = tour.at + 1;
    if (at >= tour.stops.length) return say(rest, "tour", ["The tour ends here"]);
    return explained({ ...session, tour: { ...tour, at } });
  }
  if (to === "end") return say(rest, "tour", ["The tour has ended; all of it is still here"]);
  // What was explained is typed now, then the next stop is explained.
  const stop = tour.stops[tour.at]!;
  const seen = stop.pane === undefined ? session : withView(session, { pane: stop.pane });
  const typed = stop.type.reduce((s, text) => wanting(s, { kind: "type", text }), seen);
  return wanting(typed, { kind: "explain-tour" });
}

/** Columns of prose that an eye follows. */
const WIDEST_PROSE = 88;
/** Of the box that a screen draws around it. */
const FRAME = 4;

/** Explains the stop that the tour is at. */
function explained(session: Session): Session {
  const stop = session.tour?.stops[session.tour.at];
  if (stop === undefined) return session;
  const width = Math.min(WIDEST_PROSE, session.view.columns - FRAME);
  return say(session, "tour", wrapWords(stop.explanation.join(" "), width));
}
