/** Each event in a line: a word for what happened, and the particulars. */
import {
  describeFault,
  describeRecipe,
  type Event,
  type Image,
  movedPages,
  type SettingValue,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { address, byteRange, countFrames, frameList, pages, size } from "./format.ts";

export interface EventLine {
  /** What happened, in a word or two. */
  readonly verb: string;
  readonly detail: string;
  /** Worth a line even in a short transcript. */
  readonly important: boolean;
}

function line(verb: string, detail: string, important = false): EventLine {
  return { verb, detail, important };
}

/** Undefined for the events that frame an operation: the statement's own lines tell them. */
export function describeEvent(event: Event): EventLine | undefined {
  switch (event.kind) {
    case "machine-powered": {
      const ram = event.firmware.filter((r) => r.type === "usable");
      const bytes = ram.reduce((sum, r) => sum + r.range.end - r.range.start, 0);
      return line(
        "powered",
        `${event.name}: ${event.arch}, ${event.cpus} cpu${event.cpus === 1 ? "" : "s"}, ${
          size(bytes)
        } of RAM in ${ram.length} range${ram.length === 1 ? "" : "s"}`,
      );
    }
    case "system-booted":
      return line("booted", `${event.world} ${event.version}`);
    case "frames-claimed":
      return line("claimed", `${frameList(event.frames)} for ${event.owner.label}`);
    case "frames-allocated":
      return line("allocated", `${frameList(event.frames)} for ${event.owner.label}`);
    case "allocation-failed":
      return line("no memory", `${pages(2 ** event.order)}: ${event.why}`, true);
    case "frames-reassigned":
      return line("reassigned", `${frameList(event.frames)} to ${event.owner.label}`);
    case "frames-freed":
      return line("freed", `${frameList(event.frames)}: ${event.why}`);
    case "frames-written":
      return line(
        "written",
        `${frameList(event.frames)} with ${event.what} (${describeRecipe(event.recipe)})`,
      );
    case "bytes-written":
      return line(
        "written",
        `${byteRange({ start: event.at, end: event.at + event.bytes.length })} with ${event.what}`,
      );
    case "bytes-stored":
      return line(
        "stored",
        `${
          byteRange({ start: event.at, end: event.at + event.bytes.length })
        } by cpu ${event.cpu}: ${event.what}`,
      );
    case "frames-copied":
    case "frames-swapped":
      return line(
        event.kind === "frames-copied" ? "copied" : "swapped",
        `${pages(movedPages(event.moves))} (${moveText(event.moves)}): ${event.what}`,
        true,
      );
    case "cpu-changed":
      return line("cpu", `${cpuList(event.cpus)}: ${event.what}`);
    case "p2m-changed": {
      const { pfns, mfns } = event;
      const gone = mfns.every((mfn) => mfn === undefined);
      const count = pages(countFrames(pfns));
      return line("p2m", `${count} ${gone ? "lost their frames" : "have frames"}: ${event.what}`);
    }
    case "faulted":
      return line("fault", `cpu ${event.fault.cpu}: ${describeFault(event.fault)}`, true);
    case "program-known":
      return line("known", `program ${event.program.name}`);
    case "memory-dumped":
      return line("dumped", `${event.ranges.map(byteRange).join(", ")} as ${event.name}`, true);
    case "system-resumed":
      return line("resumed", `the system that slept in dump ${event.dump}`, true);
    case "image-begun":
      return line(
        "begun",
        `image ${event.image.name}#${event.image.id}, ${event.image.segments.length} segment${
          event.image.segments.length === 1 ? "" : "s"
        }, entry ${address(event.image.entryPoint)}`,
      );
    case "image-changed":
      return line("image", `#${event.id}: ${describeChanges(event.changes)}`);
    case "image-released":
      return line("released", `image #${event.id}`);
    case "slot-set":
      return line(
        event.image === undefined ? "emptied" : "installed",
        event.image === undefined
          ? `${event.slot} slot`
          : `image #${event.image} in the ${event.slot} slot`,
        true,
      );
    case "reservation-set":
      return line(
        "reservation",
        event.range === undefined
          ? `${event.name}: given up`
          : `${event.name}: ${byteRange(event.range)} (${
            size(event.range.end - event.range.start)
          })`,
        // Where the running kernel lies is told by the map; what was set aside is the news.
        !event.name.startsWith("Kernel "),
      );
    case "setting-set":
      return line("setting", `${event.name} = ${settingText(event.value)}`);
    case "record-set":
      return line("noted", event.what);
    case "log-printed":
      return line("log", event.text, event.routine !== true);
    case "operation-began":
    case "operation-ended":
      return undefined;
    case "check-passed":
      return line("passed", event.rule);
    case "refused":
      return line("refused", `${event.refusal.errno}: ${event.refusal.message}`, true);
    case "lock-taken":
      return line("locked", event.lock);
    case "lock-released":
      return line("unlocked", event.lock);
    case "protection-set":
      return line(
        event.writable ? "unprotected" : "protected",
        event.ranges.map(byteRange).join(", "),
      );
    case "hazard-found":
      return line("hazard", `${event.hazard.code}: ${event.hazard.message}`, true);
    case "milestone-reached":
      return line("reached", event.text);
    case "power-changed":
      return line("now", `${event.power}: ${event.why}`, true);
    case "state-restored":
      return line("back", `to the machine after step ${event.step}: ${event.why}`, true);
  }
}

/** `0x1000 to 0x8000 and 3 more runs`. */
function moveText(moves: readonly number[]): string {
  if (moves.length === 0) return "none";
  const first = `${address(moves[0]! * PAGE_SIZE)} to ${address(moves[1]! * PAGE_SIZE)}`;
  const more = moves.length / 3 - 1;
  return more === 0 ? first : `${first} and ${more} more run${more === 1 ? "" : "s"}`;
}

/** `0`, `1 .. 3`: runs of processors. */
function cpuList(cpus: readonly number[]): string {
  const runs: string[] = [];
  for (let i = 0; i < cpus.length; i += 2) {
    const last = cpus[i + 1]! - 1;
    runs.push(last === cpus[i] ? String(last) : `${cpus[i]} .. ${last}`);
  }
  return runs.join(", ");
}

/** What the fields of an image are called, and how each is written. Frames are told as addresses. */
const FIELD_TEXTS: { readonly [K in keyof Image]?: (value: NonNullable<Image[K]>) => string } = {
  controlCodeFrame: (frame) => `control code page ${address(frame * PAGE_SIZE)}`,
  swapFrame: (frame) => `swap page ${address(frame * PAGE_SIZE)}`,
  vmcoreinfoFrame: (frame) => `vmcoreinfo copy ${address(frame * PAGE_SIZE)}`,
  pageTableRoot: (frame) => `root of the identity map ${address(frame * PAGE_SIZE)}`,
  pageTableFrames: (frames) => `${pages(countFrames(frames))} of page tables`,
  indirectionFrames: (frames) => `${countFrames(frames)} indirection pages`,
  transitionFrames: (frames) => `${pages(countFrames(frames))} of tables to the control code`,
  parkedFrames: (frames) => `${pages(countFrames(frames))} parked`,
  controlCursor: (at) => `next control page from ${address(at)}`,
  head: (word) => `list head ${address(word)}`,
  listEnd: ({ frame, word }) => `next word of its list ${address(frame * PAGE_SIZE + word * 8)}`,
  elfMachine: (machine) => `ELF machine ${machine}`,
  listWords: (count) => `${count} words in its list`,
  sourcePages: (count) => `${count} source pages`,
  sourcesInPlace: (count) => `${count} of them in place`,
  entryPoint: (at) => `entry ${address(at)}`,
  complete: () => "complete",
};

function describeChanges(changes: Partial<Image>): string {
  return Object.entries(changes).map(([key, value]) => {
    const text = FIELD_TEXTS[key as keyof Image] as ((value: unknown) => string) | undefined;
    return value === undefined ? `no ${key}` : text?.(value) ?? key;
  }).join(", ");
}

export function settingText(value: SettingValue): string {
  return typeof value === "string" ? value : String(value);
}

/** How many pages an event touched, for views that scale by it. */
export function pagesTouched(event: Event): number {
  return "frames" in event ? countFrames(event.frames) : 0;
}
