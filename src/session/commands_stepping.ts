/** `:` commands that move, each with its form back, and those that say where to stop. */
import { closest } from "../diagnostics/mod.ts";
import type { Motion } from "./actions.ts";
import { breakpointLines, whereLines, whyLines } from "./answers.ts";
import { describeBreakpoint, MOST_BREAKPOINTS } from "./breakpoints.ts";
import { type CommandAnswer, direction, problem, type SessionCommand } from "./command.ts";
import { EVENT_KINDS, EVENT_WORDS, kindsNamed } from "./event_kinds.ts";
import { toEvent } from "./move.ts";
import { lastWrite, provenanceOf } from "./provenance.ts";
import { lineOfRecord } from "./script_lines.ts";
import { type Branch, branchOf, type BreakpointSpec, type Session } from "./session.ts";
import { addressOf, rangeOf } from "./value_of.ts";
import { ERRNOS, hazardsOf, headsOf } from "./vocabulary.ts";
import { machineAt } from "./answers.ts";

const group = "Stepping";

/** More at once is a slip of the finger, and `:goto` gets anywhere. */
const MOST_TIMES = 1_000_000;

function motion(how: Motion, args: string, alwaysBack = false): CommandAnswer {
  const { rest, back } = direction(args);
  if (rest !== "" && !/^\d+$/.test(rest)) {
    return problem(`\`${rest}\` is no number of times`, "`:step 10`, `:step 10 back`");
  }
  const times = Math.min(rest === "" ? 1 : Number(rest), MOST_TIMES);
  return { actions: [{ kind: "move", how, times, back: alwaysBack || back }] };
}

function to(session: Session, event: string, back: boolean): CommandAnswer {
  const { step } = session.cursor;
  if (toEvent(branchOf(session), session.cursor, event, back) === undefined) {
    return problem(`There is no \`${event}\` ${back ? "before" : "after"} step ${step}`);
  }
  return { actions: [{ kind: "to-event", event, back }] };
}

const MOTIONS = ["step", "over", "out", "next", "continue"] as const;

export const STEPPING: readonly SessionCommand[] = [
  {
    name: "step",
    also: ["s"],
    args: "[N] [back]",
    summary: "one event on, or N; into whatever makes it",
    group,
    completes: "nothing",
    keys: ["f7", "alt+right"],
    run: (_, args) => motion("step", args),
  },
  {
    name: "back",
    also: ["b"],
    args: "[N | over | out | next | continue]",
    summary: "one event back, or another way of stepping backwards",
    group,
    completes: "motion",
    keys: ["shift+f7", "alt+left"],
    run: (_, args) => {
      const how = MOTIONS.find((m) => m === args.trim());
      return how === undefined ? motion("step", args, true) : motion(how, "", true);
    },
  },
  {
    name: "over",
    args: "[N] [back]",
    summary: "past the statement that makes the next event, those in blocks too",
    group,
    completes: "nothing",
    keys: ["f8"],
    run: (_, args) => motion("over", args),
  },
  {
    name: "out",
    args: "[back]",
    summary: "to the end of the statement that is under way",
    group,
    completes: "nothing",
    keys: ["f9"],
    run: (_, args) => motion("out", args),
  },
  {
    name: "next",
    also: ["n"],
    args: "[N] [back]",
    summary: "to the end of the next statement of the script",
    group,
    completes: "nothing",
    keys: ["f10", "alt+down"],
    run: (_, args) => motion("next", args),
  },
  {
    name: "continue",
    also: ["c"],
    args: "[back]",
    summary: "on to a breakpoint, or to the end",
    group,
    completes: "nothing",
    keys: ["f5"],
    run: (_, args) => motion("continue", args),
  },
  {
    name: "goto",
    also: ["g"],
    args: "STEP",
    summary: "to a step by its number; `:goto start`, `:goto end`",
    group,
    completes: "number",
    run: (session, args) => {
      const word = args.trim();
      if (word === "start") return { actions: [{ kind: "go-to", step: 0 }] };
      if (word === "end") return { actions: [{ kind: "move", how: "end" }] };
      const { length } = branchOf(session);
      if (!/^\d+$/.test(word)) return problem(`\`:goto\` needs a step from 0 to ${length}`);
      const step = Number(word);
      if (step > length) return problem(`There is no step ${word}: this branch has ${length}`);
      return { actions: [{ kind: "go-to", step }] };
    },
  },
  {
    name: "event",
    args: "KIND [back]",
    summary: "to the next event, by its kind or its word here: `:event installed`",
    group,
    completes: "event",
    run: (session, args) => {
      const { rest, back } = direction(args);
      if (kindsNamed(rest).length > 0) return to(session, rest, back);
      return rest === "" ? problem("`:event` needs a kind", EVENT_HINT) : noEvent(rest);
    },
  },
  {
    name: "hazard",
    args: "[back]",
    summary: "to the next hazard",
    group,
    completes: "nothing",
    keys: ["f6"],
    run: (session, args) => to(session, "hazard-found", direction(args).back),
  },
  {
    name: "why",
    args: "ADDRESS",
    summary: "who wrote what lies there, at which step, and whose page it is",
    group,
    completes: "address",
    run: (session, args) => {
      if (args.trim() === "") {
        return problem("`:why` needs an address", "`why` alone explains the last refusal");
      }
      const address = addressOf(session, args.trim());
      return address.ok
        ? {
          actions: [{ kind: "look", address: address.value }],
          lines: whyLines(session, address.value),
        }
        : problem(address.message, ADDRESS_HINT);
    },
  },
  {
    name: "writer",
    args: "ADDRESS",
    summary: "to the last write of an address",
    group,
    completes: "address",
    run: (session, args) => {
      const address = addressOf(session, args.trim());
      if (!address.ok) return problem(address.message, ADDRESS_HINT);
      const found = provenanceOf(branchOf(session), machineAt(session), address.value);
      if (lastWrite(found) === undefined) {
        return problem(`Nobody has written to 0x${address.value.toString(16)} yet`);
      }
      return { actions: [{ kind: "to-writer", address: address.value }] };
    },
  },
  {
    name: "where",
    also: ["w"],
    summary: "which step, which statement, and what happened last",
    group,
    completes: "nothing",
    run: (session) => ({ lines: whereLines(session) }),
  },
  {
    name: "break",
    args: "load | line N | event KIND | at RANGE | errno [E] | hazard [CODE]",
    summary: "stop `:continue` there",
    group,
    completes: "breakpoint",
    run: (session, args) => {
      if (args.trim() === "") return { lines: breakpointLines(session) };
      if (session.breakpoints.length >= MOST_BREAKPOINTS) {
        return problem(
          `${MOST_BREAKPOINTS} breakpoints are set, and no more can be`,
          "`:unbreak all` takes them away",
        );
      }
      const spec = breakpointFrom(session, args.trim());
      if (!("kind" in spec)) return spec;
      return {
        actions: [{ kind: "break", on: spec }],
        lines: [
          `Breakpoint ${session.nextBreakpoint}: ${describeBreakpoint(spec)}${
            remark(session, spec)
          }`,
        ],
      };
    },
  },
  {
    name: "breaks",
    summary: "the breakpoints with their numbers",
    group,
    completes: "nothing",
    run: (session) => ({ lines: breakpointLines(session) }),
  },
  {
    name: "unbreak",
    args: "N | all",
    summary: "take a breakpoint away",
    group,
    completes: "number",
    run: (session, args) => {
      const word = args.trim();
      if (word === "all") return { actions: [{ kind: "unbreak", id: "all" }] };
      const id = Number(word);
      if (word === "" || !session.breakpoints.some((b) => b.id === id)) {
        return problem(`There is no breakpoint \`${word}\``, "`:breaks` lists them");
      }
      return { actions: [{ kind: "unbreak", id }] };
    },
  },
];

const ADDRESS_HINT = "`:why 0x8003000`, `:why start of crash region`";

const EVENT_HINT = `Kinds: ${EVENT_KINDS.join(", ")}`;

function noEvent(word: string): CommandAnswer {
  const meant = closest(word, EVENT_WORDS);
  return problem(
    `No event is called \`${word}\``,
    meant === undefined ? EVENT_HINT : `Did you mean \`${meant}\`?`,
  );
}

const BREAK_HINT =
  "`:break load`, `:break line 12`, `:break event frames-copied`, `:break at 0x1000 .. 0x3000`, " +
  "`:break errno EINVAL`, `:break hazard`";

/** What surprises: nothing that ran, or nothing that kx knows, is of that kind. */
function remark(session: Session, spec: BreakpointSpec): string {
  const { executor } = branchOf(session);
  switch (spec.kind) {
    case "line": {
      const lines = linesThatRan(branchOf(session));
      if (lines.length === 0 || lines.includes(spec.line)) return "";
      const next = Math.min(...lines.filter((line) => line > spec.line));
      return `; no statement that ran begins there${
        Number.isFinite(next) ? `, the next one on line ${next}` : ""
      }`;
    }
    case "statement":
      return executor.records.some((r) => r.kind === spec.head)
        ? ""
        : unknown("statement", spec.head, headsOf(session.model));
    case "errno":
      return spec.errno === undefined ? "" : unknown("errno", spec.errno, ERRNOS);
    default:
      return "";
  }
}

/** Lines of the script on which a statement begins that ran. */
function linesThatRan(branch: Branch): readonly number[] {
  const { executor: { records }, entries } = branch;
  return entries.flatMap(({ record }, i) =>
    records.slice(record, entries[i + 1]?.record ?? records.length)
      .map((each) => lineOfRecord(branch, i, each)).filter((line) => line !== undefined)
  );
}

/** It may still come: a script may define statements, and a world answer what Linux does not. */
function unknown(what: string, word: string, words: readonly string[]): string {
  if (words.includes(word)) return "";
  const meant = closest(word, words);
  return `; kx knows no ${what} \`${word}\`${
    meant === undefined ? "" : `: did you mean \`${meant}\`?`
  }`;
}

/** A breakpoint as it was written, or what is wrong with it. */
function breakpointFrom(session: Session, text: string): BreakpointSpec | CommandAnswer {
  const [head, ...words] = text.split(/\s+/);
  const rest = words.join(" ");
  switch (head) {
    case "line":
      return /^[1-9]\d*$/.test(rest)
        ? { kind: "line", line: Number(rest) }
        : problem("Which line?", BREAK_HINT);
    case "event":
      if (rest === "") return problem("Which event?", EVENT_HINT);
      return kindsNamed(rest).length > 0 ? { kind: "event", event: rest } : noEvent(rest);
    case "at": {
      const range = rangeOf(session, rest);
      return range.ok ? { kind: "address", ...range.value } : problem(range.message, BREAK_HINT);
    }
    case "errno":
      return rest === "" ? { kind: "errno" } : { kind: "errno", errno: rest.toUpperCase() };
    case "hazard": {
      if (rest === "") return { kind: "hazard" };
      const codes = hazardsOf(session.model).map(({ code }) => code);
      if (codes.includes(rest)) return { kind: "hazard", code: rest };
      const meant = closest(rest, codes);
      return problem(
        `No hazard is called \`${rest}\``,
        meant === undefined ? "Tab lists them" : `Did you mean \`${meant}\`?`,
      );
    }
    default:
      return words.length > 0 || !/^[a-z_]+$/.test(head!)
        ? problem(`\`${text}\` is no place to stop`, BREAK_HINT)
        : { kind: "statement", head: head! };
  }
}
