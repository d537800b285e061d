/**
 * Finds the panic in a run. The core shows memory as the crash kernel finds it: at the step where
 * it has control, before it runs. If none was started, as the dying kernel left it.
 */
import {
  type Cpu,
  CPU_NOTE_ROOM,
  cpuNoteStart,
  elfNote,
  type Event,
  type Machine,
  VMCOREINFO_NAME,
} from "../machine/mod.ts";

/** What is read of a timeline. Step numbers run from 1; state 0 is before any. */
export interface Steps {
  readonly length: number;
  eventAt(step: number): Event;
  stateAt(step: number): Machine;
}

export interface CrashMoment {
  readonly machine: Machine;
  /** As they were when the panic began: the jump has since changed those of one processor. */
  readonly processors: readonly Cpu[];
  /** One PRSTATUS note after the other, if the kernel wrote them; the core repeats their bytes. */
  readonly savedNotes: Uint8Array | undefined;
  /** The note of vmcoreinfo with the time of the crash, if the kernel wrote one. */
  readonly savedInfo?: Uint8Array | undefined;
}

/** The last panic of a run; undefined if there was none. */
export function lastPanic(steps: Steps): CrashMoment | undefined {
  for (let step = steps.length; step > 0; step--) {
    const event = steps.eventAt(step);
    if (event.kind !== "operation-began" || event.operation !== "panic") continue;
    const moment = momentOf(steps, step);
    if (moment !== undefined) return moment;
  }
  return undefined;
}

function momentOf(steps: Steps, began: number): CrashMoment | undefined {
  const { processors } = steps.stateAt(began);
  let savedNotes: Uint8Array | undefined;
  let savedInfo: Uint8Array | undefined;
  // A kernel that panics says so first: without that line none was left that could.
  let told = false;
  let end = began;
  while (end < steps.length) {
    const event = steps.eventAt(++end);
    if (event.kind === "log-printed") told = true;
    else if (event.kind === "bytes-written" && areNotes(event.bytes, processors.length)) {
      savedNotes = event.bytes;
    } else if (event.kind === "bytes-written" && isInfo(event.bytes)) {
      savedInfo = event.bytes;
    } else if (event.kind === "operation-ended" || hasEnded(event)) break;
  }
  return told ? { machine: steps.stateAt(end), processors, savedNotes, savedInfo } : undefined;
}

/** Somebody else has control, or nobody. */
function hasEnded(event: Event): boolean {
  return event.kind === "power-changed" && event.power !== "jumping";
}

function isInfo(bytes: Uint8Array): boolean {
  const start = elfNote(VMCOREINFO_NAME, 0, new Uint8Array(0));
  // Bytes 4 to 8 tell the length of the text.
  return bytes.length > start.length &&
    start.every((byte, i) => (i >= 4 && i < 8) || bytes[i] === byte);
}

function areNotes(bytes: Uint8Array, count: number): boolean {
  return bytes.length === count * CPU_NOTE_ROOM &&
    cpuNoteStart().every((byte, i) => bytes[i] === byte);
}
