/** `:` commands that look at the machine, and those that compare branches. */
import { closest } from "../diagnostics/mod.ts";
import { standingHazards } from "../engine/mod.ts";
import type { Machine, Slot } from "../machine/mod.ts";
import { imageIn } from "../machine/mod.ts";
import {
  explain,
  languageTopics,
  renderImage,
  renderKept,
  renderList,
  renderMachine,
  renderMap,
  renderPage,
  renderPanels,
  renderProcessors,
  renderSlots,
  renderWalk,
  topics,
} from "../views/mod.ts";
import {
  branchLines,
  differenceLines,
  eventLine,
  machineAt,
  noMachineLine,
  scriptLines,
} from "./answers.ts";
import { type CommandAnswer, problem, type SessionCommand } from "./command.ts";
import { branchOf, keepsImages, type Pane, panelsOf, type Session } from "./session.ts";
import { addressOf } from "./value_of.ts";

/** With panes, one is opened; without, its content is printed. */
function look(session: Session, pane: Pane, lines: () => readonly string[]): CommandAnswer {
  return session.view.linear ? { lines: lines() } : { actions: [{ kind: "pane", pane }] };
}

function lookAt(
  session: Session,
  pane: Pane,
  args: string,
  lines: (machine: Machine, address: bigint) => readonly string[],
): CommandAnswer {
  if (args.trim() === "" && !session.view.linear) return { actions: [{ kind: "pane", pane }] };
  const address = args.trim() === ""
    ? { ok: true as const, value: session.view.address }
    : addressOf(session, args.trim());
  if (!address.ok) {
    return problem(address.message, "`:page 0x8003000`, `:page start of crash region`");
  }
  return {
    actions: [{ kind: "look", address: address.value, pane }],
    ...(session.view.linear ? { lines: lines(machineAt(session), BigInt(address.value)) } : {}),
  };
}

export const LOOKING: readonly SessionCommand[] = [
  {
    name: "list",
    also: ["l"],
    summary: "the script with the steps of each statement",
    group: "Looking",
    completes: "nothing",
    keys: ["alt+1"],
    run: (session) => look(session, "script", () => scriptLines(session)),
  },
  {
    name: "events",
    args: "[N]",
    summary: "the last N events, 10 if nothing is said",
    group: "Looking",
    completes: "number",
    keys: ["alt+2"],
    run: (session, args) =>
      look(session, "transcript", () => {
        const { timeline } = branchOf(session).executor;
        const count = /^\d+$/.test(args.trim()) ? Number(args) : 10;
        const lines: string[] = [];
        for (let s = Math.max(1, session.cursor.step - count + 1); s <= session.cursor.step; s++) {
          lines.push(eventLine(s, timeline.eventAt(s)));
        }
        return lines.length === 0 ? ["Nothing has happened yet"] : lines;
      }),
  },
  {
    name: "map",
    summary: "the memory map: who owns what",
    group: "Looking",
    completes: "nothing",
    keys: ["alt+3"],
    run: (session) =>
      look(session, "map", () => machineLines(session, (machine) => renderMap(machine))),
  },
  {
    name: "page",
    args: "[ADDRESS]",
    summary: "one page: its owner, who wrote it, its bytes",
    group: "Looking",
    completes: "address",
    keys: ["alt+4"],
    run: (session, args) => lookAt(session, "page", args, renderPage),
  },
  {
    name: "walk",
    args: "[ADDRESS]",
    summary: "an address through the page tables that are in memory",
    group: "Looking",
    completes: "address",
    keys: ["alt+5"],
    run: (session, args) => lookAt(session, "walk", args, renderWalk),
  },
  {
    name: "image",
    also: ["images"],
    args: "[SLOT]",
    summary: "the slots, or the image in one with its list",
    group: "Looking",
    completes: "slot",
    keys: ["alt+6"],
    run: (session, args) => {
      const word = args.trim();
      if (word !== "" && word !== "default" && word !== "crash") {
        return problem(`There is no slot \`${word}\``, "`default` and `crash`");
      }
      return look(session, "images", () => {
        const machine = machineAt(session);
        if (!keepsImages(session, machine)) {
          return ["This system keeps no image: `:world` shows the kexec that it prepares"];
        }
        if (word === "") return renderSlots(machine);
        const slot: Slot = word;
        return [...renderImage(imageIn(machine, slot), slot), ...renderList(machine, slot)];
      });
    },
  },
  {
    name: "cpu",
    summary: "registers of the processors; `*` marks what the last step changed",
    group: "Looking",
    completes: "nothing",
    keys: ["alt+7"],
    run: (session) =>
      look(session, "cpu", () =>
        machineLines(session, (machine) => {
          const { timeline } = branchOf(session).executor;
          return renderProcessors(machine, timeline.stateAt(Math.max(0, session.cursor.step - 1)));
        })),
  },
  {
    name: "hazards",
    summary: "every hazard so far",
    group: "Looking",
    completes: "nothing",
    keys: ["alt+8"],
    run: (session) => look(session, "hazards", () => hazardLines(session)),
  },
  {
    name: "world",
    summary: "the machine, what was booted, and its log",
    group: "Looking",
    completes: "nothing",
    keys: ["alt+9"],
    run: (session) =>
      look(
        session,
        "world",
        () =>
          machineLines(session, (m) => [
            ...renderMachine(m),
            ...renderPanels(m, panelsOf(session, m)),
            ...renderKept(m),
          ]),
      ),
  },
  {
    name: "explain",
    args: "CODE",
    summary: "what a rule, a hazard or a diagnostic means, with its source",
    group: "Looking",
    completes: "topic",
    run: ({ model, view }, args) => {
      const code = args.trim();
      if (code === "") return problem("`:explain` needs a code", "`:explain segments-overlap`");
      const page = explain(code, model.worlds, model.invariants, view.columns);
      if (page !== undefined) return { lines: page.split("\n") };
      if (languageTopics(model).includes(code)) {
        return problem(
          `\`${code}\` is a word of the language, and no rule, hazard or diagnostic`,
          `\`:help ${code}\` says what it does`,
        );
      }
      const codes = topics(model.worlds, model.invariants).map((topic) => topic.code);
      const meant = closest(code, codes);
      return problem(
        `Nothing is called \`${code}\``,
        meant === undefined
          ? "`:explain segments-overlap`, for one"
          : `Did you mean \`:explain ${meant}\`?`,
      );
    },
  },
  {
    name: "branches",
    summary: "every timeline and where it left another",
    group: "What if",
    completes: "nothing",
    run: (session) => ({ lines: branchLines(session) }),
  },
  {
    name: "branch",
    args: "N",
    summary: "to another timeline; typing a statement in the past opens one",
    group: "What if",
    completes: "branch",
    run: (session, args) => {
      const branch = branchNamed(session, args.trim());
      return branch === undefined
        ? problem(`There is no branch \`${args.trim()}\``, "`:branches` lists them")
        : { actions: [{ kind: "branch", id: branch.id }] };
    },
  },
  {
    name: "diff",
    args: "[A] [B]",
    summary: "what differs between two branches: events, slots, memory, log",
    group: "What if",
    completes: "branch",
    run: (session, args) => {
      const words = args.split(/\s+/).filter((w) => w !== "");
      const other = session.previous ?? branchOf(session).parent?.branch;
      const [a, b] = words.length === 2 ? words.map((w) => branchNamed(session, w)) : [
        words[0] === undefined ? session.branches[other ?? -1] : branchNamed(session, words[0]),
        branchOf(session),
      ];
      if (a === undefined || b === undefined) {
        return session.branches.length < 2
          ? problem(
            "There is only one branch",
            "Go back with `:back` and type a statement: a second one opens",
          )
          : problem("There is no such branch", "`:branches` lists them");
      }
      if (a === b) return problem(`Branch ${a.id} is compared with itself`);
      return { lines: differenceLines(session, a, b) };
    },
  },
];

function branchNamed(session: Session, name: string) {
  return /^\d+$/.test(name) ? session.branches[Number(name)] : undefined;
}

function machineLines(session: Session, lines: (machine: Machine) => readonly string[]) {
  const machine = machineAt(session);
  return machine.power === "off" ? [noMachineLine(session)] : lines(machine);
}

function hazardLines(session: Session): string[] {
  const { timeline } = branchOf(session).executor;
  const lines: string[] = [];
  for (const step of standingHazards(timeline, session.cursor.step).steps) {
    const event = timeline.eventAt(step);
    if (event.kind !== "hazard-found") continue;
    lines.push(`step ${step}  ${event.hazard.code}: ${event.hazard.message}`);
  }
  return lines.length === 0 ? ["No hazard was found so far"] : lines;
}
