/** A routine of Mini-OS: what every routine carries, and the ways in which a kernel dies. */
import type { Context, Decision, Fault, Hazard, Machine } from "../../machine/mod.ts";
import { isRam, readMemory } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import {
  emit,
  type ExecutionCites,
  print,
  type Run as Routine,
  startRoutine,
} from "../../routine/mod.ts";
import type { Features } from "./version.ts";

export { type Check, check, emit, milestone, print, refuse } from "../../routine/mod.ts";

export interface Run extends Routine {
  readonly features: Features;
}

const CITES: ExecutionCites = {
  jump: "minios:do_kexec",
  loop: "minios:kexec_final",
  entry: "minios:kexec_get_entry",
};

export function startRun(machine: Machine, context: Context, features: Features): Run {
  return Object.assign(startRoutine(machine, context, CITES), { features });
}

/** How an operation ends that never comes back. */
export type Death = "FAULT" | "BUG" | "HANG";

/**
 * Thrown through all routines under way, as a kernel that dies leaves none of its functions. What
 * happened is in the timeline by then. Caught by `surviving` alone.
 */
export class Died extends Error {
  constructor(readonly death: Death, readonly note: string) {
    super(note);
  }
}

/** Runs a routine; its answer, or how the kernel died in it. */
export function* surviving(
  routine: Decision<string>,
): Decision<{ readonly ret: string; readonly note?: string }> {
  try {
    return { ret: yield* routine };
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return { ret: error.death, note: error.note };
  }
}

/** A line that every boot prints, whatever happens. */
export function* printRoutine(run: Run, text: string): Decision<void> {
  yield* emit(run, { kind: "log-printed", text, routine: true });
}

/** BUG() or a failed assertion: `text` is what it prints. */
export function* bug(run: Run, text: string): Decision<never> {
  for (const line of text.split("\n").filter((l) => l !== "")) yield* print(run, line);
  yield* emit(run, { kind: "power-changed", power: "halted", why: `BUG: ${text.trimEnd()}` });
  throw new Died("BUG", text.trimEnd());
}

/** It runs for ever: nothing more happens. */
export function* hang(run: Run, why: string): Decision<never> {
  yield* emit(run, { kind: "power-changed", power: "halted", why: `endless: ${why}` });
  throw new Died("HANG", why);
}

const CANONICAL_END = 1n << 47n;

/** An access that no page table entry allows. */
export function* fault(
  run: Run,
  access: Fault["access"],
  vaddr: bigint,
  doing: string,
): Decision<never> {
  const at = BigInt.asUintN(64, vaddr);
  const canonical = at < CANONICAL_END || at >= (1n << 64n) - CANONICAL_END;
  yield* emit(run, {
    kind: "faulted",
    fault: {
      cpu: 0,
      exception: canonical ? "page fault" : "general protection",
      access,
      vaddr: at,
      doing,
      why: !canonical ? "not-canonical" : at < 4096n ? "null pointer" : "no RAM is mapped there",
    },
  });
  const note = `${access} of 0x${at.toString(16)}: ${doing}`;
  yield* emit(run, { kind: "power-changed", power: "halted", why: note });
  throw new Died("FAULT", note);
}

/**
 * Page 0 and what is no RAM cannot be reached.
 * Simplified: a hole within a mapped 2 MiB page may answer on hardware.
 */
export function isReachable(machine: Machine, address: bigint): boolean {
  if (address < BigInt(PAGE_SIZE) || address >= CANONICAL_END) return false;
  return isRam(machine, Number(address / BigInt(PAGE_SIZE)));
}

/** The first byte of [at, at + length) that cannot be reached. */
export function firstUnreachable(
  machine: Machine,
  at: bigint,
  length: number,
): bigint | undefined {
  const end = at + BigInt(length);
  const page = BigInt(PAGE_SIZE);
  for (let a = at; a < end; a = (a / page + 1n) * page) {
    if (!isReachable(machine, a)) return a;
  }
  return undefined;
}

/** Reads as the kernel does: a byte that cannot be reached is a fault. */
export function* read(
  run: Run,
  at: bigint,
  length: number,
  doing: string,
): Decision<Uint8Array> {
  const bad = firstUnreachable(run.machine, at, length);
  if (bad !== undefined) yield* fault(run, "read", bad, doing);
  return readMemory(run.machine, Number(at), length);
}

/**
 * Writes as the kernel does. What lies before a byte that cannot be reached is written, unless
 * `atOnce`: one store of up to eight bytes.
 */
export function* write(
  run: Run,
  at: bigint,
  bytes: Uint8Array,
  what: string,
): Decision<void> {
  const bad = firstUnreachable(run.machine, at, bytes.length);
  const written = bad === undefined ? bytes : bytes.subarray(0, Number(bad - at));
  if (written.length > 0) {
    yield* emit(run, { kind: "bytes-written", at: Number(at), bytes: written, what });
  }
  if (bad !== undefined) yield* fault(run, "write", bad, what);
}

export function u16(bytes: Uint8Array, at = 0): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function* tell(
  run: Run,
  code: string,
  message: string,
  cite: string,
  key = code,
): Decision<void> {
  const hazard: Hazard = { code, message, key, cite };
  yield* emit(run, { kind: "hazard-found", hazard });
}
