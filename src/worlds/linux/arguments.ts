/**
 * The raw call: any 64-bit value anywhere, looked at in the kernel's order. Flags come before the
 * number of segments, and both before the array is touched. [linux:kexec_load_check]
 */
import {
  type ArgValue,
  bufferFromArgs,
  type Clause,
  type Decision,
  type ImageSpec,
  type Refusal,
  type SegmentSpec,
  type Slot,
} from "../../machine/mod.ts";
import type { Laid } from "../../purgatory/mod.ts";
import { PROPOSED_FLAGS } from "./execution/rules.ts";
import { isConfigured } from "./kernel.ts";
import { hex } from "../../routine/mod.ts";
import { type Check, check, type Run } from "./steps.ts";

const CITE = "linux:kexec_load_check";

export const KEXEC_ON_CRASH = 1n;
export const KEXEC_PRESERVE_CONTEXT = 2n;
export const KEXEC_UPDATE_ELFCOREHDR = 4n;
export const KEXEC_CRASH_HOTPLUG_SUPPORT = 8n;
/** The upper half of the low 32 bits holds an ELF machine number. */
const ARCH_MASK = 0xffff0000n;
export const ARCH_X86_64 = 62n << 16n;

/** [linux:KEXEC_SEGMENT_MAX] */
export const SEGMENT_MAX = 16n;

/** Bytes of one element of the 32-bit call's array. [linux:compat_kexec_segment] */
const COMPAT_SEGMENT_SIZE = 16;

export type PointerState = "ok" | "null" | "unmapped" | "kernel";

export interface LoadCall {
  readonly name: string;
  /** By the flag ON_CRASH. */
  readonly slot: Slot;
  readonly compat: boolean;
  readonly asRoot: boolean;
  readonly entryPoint: bigint;
  readonly flags: bigint;
  readonly nrSegments: bigint;
  readonly pointer: PointerState;
  /** As many as `nrSegments` says, as far as that is possible. */
  readonly segments: readonly SegmentSpec[];
  readonly laid?: Laid;
  /** Flags that only the proposal of 2007 knows. */
  readonly preserves?: readonly string[];
}

/** Flags, number of segments and architecture, in this order. */
export function* checkCall(run: Run, call: LoadCall): Decision<Check> {
  const known = knownFlags(run);
  // Only 16 bits of flags are compared: the mask is a 32-bit number, and the upper half gets lost.
  const unknown = call.flags & 0xffffn & ~known;
  return (yield* check(
    run,
    "unknown-flags",
    CITE,
    unknown === 0n ? undefined : badFlags(run, unknown),
  )) ??
    (yield* check(
      run,
      "too-many-segments",
      CITE,
      call.nrSegments <= SEGMENT_MAX ? undefined : tooMany(call.nrSegments),
    )) ??
    (yield* check(run, "wrong-architecture", "linux:SYSCALL kexec_load", badArchitecture(call)));
}

function knownFlags(run: Run): bigint {
  let known = KEXEC_ON_CRASH;
  if (isConfigured(run.machine.settings, "KEXEC_JUMP")) known |= KEXEC_PRESERVE_CONTEXT;
  if (run.features.flagUpdateElfcorehdr) known |= KEXEC_UPDATE_ELFCOREHDR;
  if (run.features.flagHotplugSupport) known |= KEXEC_CRASH_HOTPLUG_SUPPORT;
  return known;
}

function badFlags(run: Run, unknown: bigint): Refusal {
  const jump = (unknown & KEXEC_PRESERVE_CONTEXT) !== 0n;
  return {
    rule: "unknown-flags",
    errno: "EINVAL",
    nature: "arguments",
    message: `flags ${hex(unknown)} are unknown to Linux ${run.features.version.text}` +
      (jump ? " built without KEXEC_JUMP" : ""),
    remedy: jump ? "`config KEXEC_JUMP on`, or no `preserve`" : `Leave ${hex(unknown)} out`,
    cite: CITE,
  };
}

function tooMany(count: bigint): Refusal {
  return {
    rule: "too-many-segments",
    errno: "EINVAL",
    nature: "arguments",
    message: `${count} segments, more than ${SEGMENT_MAX}`,
    remedy: `At most ${SEGMENT_MAX} segments: join some that adjoin`,
    cite: CITE,
  };
}

/** The native call takes its own number and 0; the 32-bit call takes anything but 0. */
function badArchitecture(call: LoadCall): Check {
  const arch = call.flags & ARCH_MASK;
  if (call.compat ? arch !== 0n : arch === 0n || arch === ARCH_X86_64) return undefined;
  return {
    rule: "wrong-architecture",
    errno: "EINVAL",
    nature: "arguments",
    message: call.compat
      ? "the 32-bit call needs an architecture in its flags"
      : `architecture ${arch >> 16n} in the flags is not 62 (x86_64) and not 0`,
    remedy: call.compat
      ? "Any architecture will do: 3 (386), 62 (x86_64)"
      : `Flags with ${hex(ARCH_X86_64)}`,
    cite: call.compat ? "linux:COMPAT_SYSCALL kexec_load" : "linux:SYSCALL kexec_load",
  };
}

/** Reads the array from the caller. With no segments nothing is read, whatever the pointer. */
export function* copyArray(run: Run, call: LoadCall): Decision<Check> {
  const readable = call.nrSegments === 0n || call.pointer === "ok";
  const odd = call.compat && run.features.compatReturnsBytesLeft;
  return yield* check(
    run,
    "segments-unreadable",
    "linux:SYSCALL kexec_load",
    readable ? undefined : {
      rule: "segments-unreadable",
      errno: odd ? String(COMPAT_SEGMENT_SIZE) : "EFAULT",
      nature: "arguments",
      message: `the array of segments cannot be read: its pointer is ${call.pointer}` +
        (odd
          ? `; the 32-bit call gives back the ${COMPAT_SEGMENT_SIZE} bytes that are missing`
          : ""),
      remedy: "A pointer to an array of as many segments as are said",
      cite: odd ? "linux:COMPAT_SYSCALL kexec_load" : "linux:SYSCALL kexec_load",
    },
  );
}

/** The call that a loader makes for an image as a script declares it. */
export function callOfImage(image: ImageSpec, compat: boolean, asRoot: boolean): LoadCall {
  const preserve = image.flags.includes("preserve") ? KEXEC_PRESERVE_CONTEXT : 0n;
  const crash = image.slot === "crash" ? KEXEC_ON_CRASH : 0n;
  return {
    name: image.name,
    slot: image.slot,
    compat,
    asRoot,
    entryPoint: image.entryPoint,
    flags: ARCH_X86_64 | preserve | crash,
    nrSegments: BigInt(image.segments.length),
    pointer: "ok",
    segments: image.segments,
    preserves: PROPOSED_FLAGS.map(({ name }) => name).filter((name) => image.flags.includes(name)),
  };
}

export function unloadCall(slot: Slot, compat: boolean, asRoot: boolean): LoadCall {
  return {
    name: slot,
    slot,
    compat,
    asRoot,
    entryPoint: 0n,
    flags: ARCH_X86_64 | (slot === "crash" ? KEXEC_ON_CRASH : 0n),
    nrSegments: 0n,
    pointer: "null",
    segments: [],
  };
}

/** The call as a script spells it out. `mask` cuts each value to the width of its register. */
export function callOfClauses(operation: Clause, compat: boolean, asRoot: boolean): LoadCall {
  const mask = (value: bigint) => BigInt.asUintN(compat ? 32 : 64, value);
  const value = (head: string) => operation.clauses.find((c) => c.head === head)?.args.value;
  const number = (head: string) => {
    const v = value(head);
    return typeof v === "bigint" ? mask(v) : undefined;
  };
  const given = operation.clauses.filter((c) => c.head === "segment")
    .map((c, i) => segmentOf(c.args, i, mask));
  const nrSegments = number("nr_segments") ?? BigInt(given.length);
  const flags = number("flags") ?? ARCH_X86_64;
  const pointer = value("segments_pointer");
  return {
    name: typeof operation.args.image_name === "string" ? operation.args.image_name : "raw",
    slot: (flags & KEXEC_ON_CRASH) !== 0n ? "crash" : "default",
    compat,
    asRoot,
    entryPoint: number("entry") ?? 0n,
    flags,
    nrSegments,
    pointer: pointer === "null" || pointer === "unmapped" || pointer === "kernel" ? pointer : "ok",
    segments: withLength(given, nrSegments),
  };
}

function segmentOf(
  args: Readonly<Record<string, ArgValue>>,
  index: number,
  mask: (value: bigint) => bigint,
): SegmentSpec {
  const number = (name: string) => {
    const v = args[name];
    return typeof v === "bigint" ? mask(v) : 0n;
  };
  const bufferSize = number("bufsz");
  return {
    name: typeof args.name === "string" ? args.name : String(index),
    buffer: bufferFromArgs(args, bufferSize),
    bufferSize,
    dest: number("mem"),
    destSize: number("memsz"),
  };
}

/** What lies behind the array that the caller filled in is taken to be zeros. */
function withLength(given: readonly SegmentSpec[], count: bigint): SegmentSpec[] {
  const length = Number(count < SEGMENT_MAX ? count : SEGMENT_MAX);
  const segments = given.slice(0, length);
  while (segments.length < length) {
    segments.push(segmentOf({}, segments.length, (value) => value));
  }
  return segments;
}
