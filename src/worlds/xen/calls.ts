/**
 * From a sentence to the bytes that a guest hands over: the argument structure, the array and the
 * buffers lie in its memory, and the hypercall gets a pointer.
 */
import {
  type ArgValue,
  bufferFromArgs,
  type Clause,
  hexBytes,
  type ImageSpec,
  naturalSize,
  type SegmentSpec,
} from "../../machine/mod.ts";
import {
  EM_386,
  EM_X86_64,
  encode,
  SUB_OP,
  type SubOpName,
  type Values,
  type Width,
  XEN_KEXEC_EXEC,
  XEN_KEXEC_LOAD,
  XEN_KEXEC_LOAD_V1,
  XEN_KEXEC_RANGE,
  XEN_KEXEC_SEGMENT,
  XEN_KEXEC_STATUS,
  XEN_KEXEC_UNLOAD,
} from "./abi/mod.ts";
import type { Guest, GuestPiece } from "./guest.ts";
import { typeOf } from "./state.ts";

/** One hypercall about to be made. */
export interface Call {
  readonly op: bigint;
  readonly arg: bigint;
  readonly guest: Guest;
}

/** Where things lie in the caller's memory. */
const ARGUMENT = 0x0800_0000n;
const ARRAY = 0x0801_0000n;
const BUFFERS = 0x1000_0000n;
const PAGE = 4096n;

const POINTERS: Readonly<Record<string, bigint>> = {
  null: 0n,
  unmapped: 0x10n,
  kernel_pointer: 0xffff_8300_0000_1000n,
};

export function widthOf(args: Readonly<Record<string, ArgValue>>): Width {
  return args.width === 32n ? 32 : 64;
}

export function callerOf(args: Readonly<Record<string, ArgValue>>): Guest["caller"] {
  return args.as === "domU" || args.as === "hvm" ? args.as : "dom0";
}

/** Who calls it what: Xen sees nothing of this. */
export function namesOf(image: ImageSpec): NonNullable<Guest["names"]> {
  const { purgatory } = image;
  return {
    image: image.name,
    segments: image.segments.map((s) => s.name),
    ...(purgatory?.at === undefined
      ? {}
      : { purgatory: { kind: purgatory.kind, at: Number(purgatory.at) } }),
  };
}

/** A load as a tool makes it for an image of a script. */
export function loadCall(image: ImageSpec, args: Readonly<Record<string, ArgValue>>): Call {
  const i386 = image.flags.includes("i386");
  const arch = typeof args.arch === "bigint" ? args.arch : i386 ? EM_386 : EM_X86_64;
  return loadOf({
    names: namesOf(image),
    load: {
      type: BigInt(typeOf(image.slot)),
      arch: BigInt(arch),
      nr_segments: BigInt(image.segments.length),
      segments: ARRAY,
      entry_maddr: image.entryPoint,
    },
    segments: image.segments,
    width: widthOf(args),
    caller: callerOf(args),
  });
}

export interface LoadBytes {
  readonly names: NonNullable<Guest["names"]>;
  readonly load: Values<typeof XEN_KEXEC_LOAD>;
  readonly segments: readonly SegmentSpec[];
  readonly width: Width;
  readonly caller: Guest["caller"];
}

/** Op 4 with its array and buffers. A buffer's own pointer counts, where it has one. */
export function loadOf({ names, load, segments, width, caller }: LoadBytes): Call {
  const pieces: GuestPiece[] = [];
  const array: Uint8Array[] = [];
  let next = BUFFERS;
  for (const s of segments) {
    const { buffer } = s;
    const pointer = buffer.pointer ?? next;
    if (buffer.pointer === undefined) {
      const size = Math.min(buffer.readable, Number.MAX_SAFE_INTEGER);
      pieces.push({ at: next, size, recipe: buffer.recipe, label: buffer.label });
      // A page that is not there follows each.
      next += (BigInt(size) + PAGE - 1n) / PAGE * PAGE + PAGE;
    }
    array.push(encode(XEN_KEXEC_SEGMENT, width, {
      buf: pointer,
      buf_size: s.bufferSize,
      dest_maddr: s.dest,
      dest_size: s.destSize,
    }));
  }
  pieces.push(literal(ARRAY, joined(array), "segments"));
  pieces.push(literal(ARGUMENT, encode(XEN_KEXEC_LOAD, width, load), "xen_kexec_load"));
  return {
    op: SUB_OP.load,
    arg: ARGUMENT,
    guest: {
      width,
      caller,
      pieces,
      names,
    },
  };
}

/** Ops that take a type and no more, and get_range. */
export function smallCall(
  op: SubOpName,
  values: SmallValues,
  width: Width,
  caller: Guest["caller"],
): Call {
  const bytes = smallArgument(op, values, width);
  const pieces = [literal(ARGUMENT, bytes, op)];
  return { op: SUB_OP[op], arg: ARGUMENT, guest: { width, caller, pieces } };
}

/** Members of the small arguments; what is absent is 0. */
interface SmallValues {
  readonly type?: bigint;
  readonly range?: bigint;
  readonly nr?: bigint;
  /** Of ops 1 and 2. */
  readonly list?: bigint;
  readonly entry?: bigint;
}

function smallArgument(
  op: SubOpName,
  { type = 0n, range = 0n, nr = 0n, list = 0n, entry = 0n }: SmallValues,
  width: Width,
): Uint8Array {
  switch (op) {
    case "exec":
      return encode(XEN_KEXEC_EXEC, width, { type });
    case "status":
      return encode(XEN_KEXEC_STATUS, width, { type });
    case "unload":
      return encode(XEN_KEXEC_UNLOAD, width, { type });
    case "get_range":
      return encode(XEN_KEXEC_RANGE, width, { range, nr, size: 0n, start: 0n });
    default:
      return encode(XEN_KEXEC_LOAD_V1, width, {
        type,
        page_list: [],
        indirection_page: list,
        start_address: entry,
      });
  }
}

/** The call as a script spells it out: bytes, or members. */
export function rawCall(operation: Clause): Call {
  const { args, clauses } = operation;
  const width = widthOf(args);
  const caller = callerOf(args);
  const name = typeof args.op === "string" ? args.op : "number";
  const op = name === "number"
    ? typeof args.nr === "bigint" ? args.nr : 0n
    : SUB_OP[name as SubOpName];
  const call = name === "load" && args.bytes === undefined
    ? rawLoad(operation)
    : smallRaw(operation, name as SubOpName);
  const arg = typeof args.pointer === "string" ? POINTERS[args.pointer]! : call.arg;
  const more = clauses.filter((c) => c.head === "memory").map(memoryOf);
  const pieces = [...call.guest.pieces, ...more];
  return { op, arg, guest: { ...call.guest, width, caller, pieces } };
}

function numberIn(operation: Clause, head: string): bigint | undefined {
  const value = operation.clauses.find((c) => c.head === head)?.args.value;
  return typeof value === "bigint" ? value : undefined;
}

function smallRaw(operation: Clause, name: SubOpName): Call {
  const { args } = operation;
  const width = widthOf(args);
  if (typeof args.bytes === "string") {
    const bytes = hexBytes(args.bytes) ?? new Uint8Array(0);
    return {
      op: 0n,
      arg: ARGUMENT,
      guest: { width, caller: "dom0", pieces: [literal(ARGUMENT, bytes, "bytes")] },
    };
  }
  const nr = typeof args.nr === "bigint" ? args.nr : 0n;
  const type = numberIn(operation, "type") ?? 0n;
  const list = numberIn(operation, "indirection_page") ?? 0n;
  const entry = numberIn(operation, "entry") ?? 0n;
  return smallCall(name, { type, range: type, nr, list, entry }, width, "dom0");
}

function rawLoad(operation: Clause): Call {
  const { args, clauses } = operation;
  const segments = clauses.filter((c) => c.head === "segment").map((c, i): SegmentSpec => {
    const bufferSize = bigintOf(c.args.bufsz) ?? 0n;
    return {
      name: String(i),
      buffer: {
        ...bufferFromArgs(c.args, bufferSize),
        ...(typeof c.args.pointer === "bigint" ? { pointer: c.args.pointer } : {}),
      },
      bufferSize,
      dest: bigintOf(c.args.dest) ?? 0n,
      destSize: bigintOf(c.args.size) ?? 0n,
    };
  });
  const pointer = clauses.find((c) => c.head === "segments_pointer")?.args.value;
  return loadOf({
    names: { image: "raw", segments: segments.map((s) => s.name) },
    load: {
      type: numberIn(operation, "type") ?? 0n,
      arch: numberIn(operation, "arch") ?? BigInt(EM_X86_64),
      nr_segments: numberIn(operation, "nr_segments") ?? BigInt(segments.length),
      segments: typeof pointer === "string" ? POINTERS[pointer]! : ARRAY,
      entry_maddr: numberIn(operation, "entry") ?? 0n,
    },
    segments,
    width: widthOf(args),
    caller: callerOf(args),
  });
}

function memoryOf({ args }: Clause): GuestPiece {
  const size = bigintOf(args.size) ?? BigInt(naturalSize(args) ?? 4096);
  const { recipe, readable, label } = bufferFromArgs(args, size);
  return { at: bigintOf(args.at) ?? 0n, size: readable, recipe, label };
}

function bigintOf(value: ArgValue | undefined): bigint | undefined {
  return typeof value === "bigint" ? value : undefined;
}

export function literal(at: bigint, bytes: Uint8Array, label: string): GuestPiece {
  return { at, size: bytes.length, recipe: { kind: "literal", bytes }, label };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
