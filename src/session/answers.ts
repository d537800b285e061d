/** What `:` commands print, as lines of plain text. */
import { describeRecipe } from "../machine/mod.ts";
import { describeEvent, type EventLine, renderComparison, type Side } from "../views/mod.ts";
import { describeBreakpoint } from "./breakpoints.ts";
import { atEnd, comparePlaces, lastPlace, type Place } from "./place.ts";
import { underWay } from "./move.ts";
import { lastWrite, type Origin, provenanceOf } from "./provenance.ts";
import { type Branch, branchOf, known, type Session } from "./session.ts";

/** The machine where the cursor is. */
export function machineAt(session: Session) {
  return branchOf(session).executor.timeline.stateAt(session.cursor.step);
}

/** `step 57 of 141`, the statement that is under way, and the event that happened last. */
export function whereLines(session: Session): string[] {
  const branch = branchOf(session);
  const { cursor } = session;
  const on = session.branches.length > 1 ? ` on branch ${branch.id}` : "";
  const head = `step ${cursor.step} of ${branch.length}${on}`;
  if (cursor.entry < 0) return [`${head}: before the first statement`];
  const entry = branch.entries[cursor.entry]!;
  const words = firstLine(entry.source.slice(entry.span));
  const file = entry.loaded
    ? ` (${entry.source.name}:${entry.source.position(entry.span.start).line})`
    : "";
  const done = atEnd(branch.entries, cursor);
  const how = done ? "after" : "inside";
  const many = entry.to - entry.from;
  const inside = done ? "" : `, event ${cursor.step - entry.from} of ${many}`;
  const lines = [`${head}: ${how} \`${words}\`${file}${inside}`];
  const inner = underWay(branch, cursor);
  if (inner !== undefined && inner.depth > 0) {
    lines.push(`  in \`${firstLine(branch.executor.textOf(inner.span).slice(inner.span))}\``);
  }
  if (cursor.step > entry.from) {
    lines.push(eventLine(cursor.step, branch.executor.timeline.eventAt(cursor.step)));
  }
  return lines;
}

/** Why there is no machine to look at, and what gives one. */
export function noMachineLine(session: Session): string {
  const name = [...known(session).environment.machines.keys()].at(-1);
  return name === undefined
    ? "No machine yet: `machine vm { memory 0 .. 1GiB }` describes one"
    : `\`${name}\` is described and not powered on: \`boot linux 6.1 on ${name}\` does it`;
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0]!;
}

type Told = Parameters<typeof describeEvent>[0];

/** Events that frame an operation have no line of their own in a transcript; here each has one. */
export function describeStep(event: Told): Pick<EventLine, "verb" | "detail"> {
  const told = describeEvent(event);
  if (told !== undefined) return told;
  return event.kind === "operation-ended"
    ? { verb: "ended", detail: `${event.operation} = ${event.ret}` }
    : { verb: "began", detail: event.kind === "operation-began" ? event.operation : event.kind };
}

export function eventLine(step: number, event: Told): string {
  const { verb, detail } = describeStep(event);
  return `${String(step).padStart(6)}  ${verb.padEnd(12)}${detail}`;
}

/** Who wrote the page at an address, and whose it is. */
export function whyLines(session: Session, address: number): string[] {
  const branch = branchOf(session);
  const found = provenanceOf(branch, machineAt(session), address);
  const { content, owner } = found;
  const lines = [`page 0x${found.page.toString(16)}`];
  if (content === undefined) lines.push("  written    by nobody yet");
  else {
    lines.push(`  holds      ${content.what}: ${describeRecipe(content.recipe)}`);
    for (const move of found.moved) {
      lines.push(`  moved      ${originText(move)}, from 0x${move.from.toString(16)}`);
    }
    lines.push(
      `  written    ${
        found.written === undefined ? "before the first step" : originText(found.written)
      }`,
    );
  }
  const whose = owner === undefined
    ? "nobody: no RAM here"
    : owner === "free"
    ? "free"
    : `${owner.kind}: ${owner.label}`;
  lines.push(
    `  owner      ${whose}${found.owned === undefined ? "" : `, ${originText(found.owned)}`}`,
  );
  const step = lastWrite(found);
  if (step !== undefined) lines.push(`  \`:goto ${step}\` goes there`);
  return lines;
}

function originText({ step, statement, place }: Origin): string {
  return `at step ${step} by \`${statement}\`${place === "" ? "" : ` (${place})`}`;
}

export function breakpointLines({ breakpoints }: Session): string[] {
  if (breakpoints.length === 0) return ["No breakpoint is set: `:break load`, `:break hazard`"];
  return breakpoints.map((b) => `  ${String(b.id).padStart(2)}  ${describeBreakpoint(b)}`);
}

export function branchLines(session: Session): string[] {
  return session.branches.map((branch) => {
    const mark = branch.id === session.cursor.branch ? "*" : " ";
    const origin = branch.parent === undefined
      ? session.file ?? "typed here"
      : `left branch ${branch.parent.branch} at step ${branch.parent.place.step}`;
    const own = branch.entries.length - branch.shared;
    return `${mark} ${String(branch.id).padStart(2)}  ${branch.length} steps, ${own} statement${
      own === 1 ? "" : "s"
    } of its own, ${origin}`;
  });
}

/** Statements around the current one that `:list` shows. */
const AROUND = 20;

/** The script with the steps of each statement; `>` marks where one stands. */
export function scriptLines(session: Session): string[] {
  const { entries } = branchOf(session);
  if (entries.length === 0) return ["Nothing was typed yet"];
  const width = String(entries.at(-1)!.to).length;
  const from = Math.max(0, Math.min(session.cursor.entry, entries.length - AROUND) - AROUND);
  const shown = entries.slice(from, from + 2 * AROUND);
  const lines = shown.map((entry, i) => {
    const mark = from + i === session.cursor.entry ? ">" : " ";
    const steps = entry.to === entry.from
      ? "".padEnd(2 * width + 3)
      : `${String(entry.from + 1).padStart(width)} … ${String(entry.to).padStart(width)}`;
    const left = entry.cut ? "  # left before its end" : "";
    return `${mark} ${steps}  ${firstLine(entry.source.slice(entry.span))}${left}`;
  });
  const after = entries.length - from - shown.length;
  return [
    ...(from > 0 ? [`  … ${from} statements before`] : []),
    ...lines,
    ...(after > 0 ? [`  … ${after} statements after`] : []),
  ];
}

/** The step up to which two branches are the same timeline. */
export function commonStep(session: Session, a: Branch, b: Branch): number {
  const line = (branch: Branch): Map<number, Place> => {
    const places = new Map<number, Place>();
    let limit = lastPlace(branch.entries);
    for (let at: Branch | undefined = branch; at !== undefined;) {
      places.set(at.id, limit);
      const { parent }: Branch = at;
      at = parent === undefined ? undefined : session.branches[parent.branch];
      if (parent !== undefined) {
        limit = comparePlaces(parent.place, limit) < 0 ? parent.place : limit;
      }
    }
    return places;
  };
  const right = line(b);
  for (const [id, place] of line(a)) {
    const other = right.get(id);
    if (other !== undefined) return Math.min(place.step, other.step);
  }
  return 0;
}

export function differenceLines(session: Session, a: Branch, b: Branch): string[] {
  const side = (branch: Branch): Side => ({
    name: `branch ${branch.id}`,
    executor: branch.executor,
    step: branch.length,
  });
  return renderComparison(side(a), side(b), commonStep(session, a, b));
}

/** The session as a script that runs by itself, to the same events. */
export function scriptText({ entries }: Branch): string {
  let text = "";
  for (const { script, cut, from, to } of entries) {
    if (!cut) {
      text += script.endsWith("\n") ? script : `${script}\n`;
      continue;
    }
    const [, before, statement] = /^((?:[ \t]*(?:#.*)?\n)*)([^]*)$/.exec(script)!;
    const indented = statement!.trimEnd().replace(/^(?=.)/gm, "  ");
    text += `${before}cut after ${to - from} steps {\n${indented}\n}\n`;
  }
  return text;
}
