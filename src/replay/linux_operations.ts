/** From an operation of a recording to a sentence of the Linux world. */
import type { ArgValue, Clause } from "../machine/mod.ts";
import { integerOf, isObjects, type JsonObject, type JsonValue } from "./format.ts";

/** A sentence; a read of memory; or why the operation cannot be replayed. */
export type Step =
  | { readonly kind: "operation"; readonly operation: Clause }
  | { readonly kind: "peek"; readonly address: bigint }
  | { readonly kind: "boot" }
  | { readonly kind: "problem"; readonly message: string };

/** Bytes of the recorder's valid buffers: they can be read as far as that. */
const BUFFER_SIZE = 1n << 20n;
/** Bytes of the initrd that the recordings passed. */
const INITRD_SIZE = 1031019n;

export function stepOf(op: JsonObject, asRoot: boolean): Step {
  const as = asRoot ? "root" : "nonroot";
  const name = String(op.op);
  if (name === "kexec_load") return rawLoad("kexec_load", op, as);
  if (name.startsWith("compat_kexec_load")) return rawLoad("compat_kexec_load", op, as);
  switch (name) {
    case "kexec_file_load":
      return fileLoad(op, as);
    case "reboot_kexec":
      return sentence("exec", { as });
    case "write_kexec_crash_size":
      return sentence("write", {
        path: "/sys/kernel/kexec_crash_size",
        text: String(op.value),
        as,
      });
    case "write_sysctl_kexec_load_disabled":
      return sentence("sysctl", {
        name: "kernel.kexec_load_disabled",
        value: String(op.value),
        as,
      });
    case "peek_phys_u64": {
      const address = integerOf(op.addr);
      return address === undefined
        ? { kind: "problem", message: "`addr` is no address" }
        : { kind: "peek", address };
    }
    case "boot":
      return { kind: "boot" };
    case "load_and_jump":
      return { kind: "problem", message: "unsupported: execution is not replayed yet" };
    default:
      return {
        kind: "problem",
        message: `operations of kind ${JSON.stringify(name)} are not known`,
      };
  }
}

function sentence(
  head: string,
  args: Readonly<Record<string, ArgValue>>,
  clauses: readonly Clause[] = [],
): Step {
  return { kind: "operation", operation: { head, args, clauses } };
}

function rawLoad(head: string, op: JsonObject, as: string): Step {
  const clauses: Clause[] = [];
  for (const field of ["entry", "flags", "nr_segments"]) {
    const value = integerOf(op[field]);
    if (value === undefined) return { kind: "problem", message: `\`${field}\` is no number` };
    clauses.push({ head: field, args: { value }, clauses: [] });
  }
  if (typeof op.segments_ptr === "string") {
    clauses.push({ head: "segments_pointer", args: { value: op.segments_ptr }, clauses: [] });
  }
  const segments = op.segments ?? [];
  if (!isObjects(segments)) return { kind: "problem", message: "`segments` is no list of objects" };
  for (const segment of segments) {
    const args = segmentArgs(segment);
    if (typeof args === "string") return { kind: "problem", message: args };
    clauses.push({ head: "segment", args, clauses: [] });
  }
  return sentence(head, { as }, clauses);
}

function segmentArgs(segment: JsonObject): Record<string, ArgValue> | string {
  const args: Record<string, ArgValue> = {};
  for (const field of ["bufsz", "mem", "memsz"]) {
    const value = integerOf(segment[field]);
    if (value === undefined) return `\`${field}\` of a segment is no number`;
    args[field] = value;
  }
  return { ...args, ...bufferArgs(segment.buf) };
}

/** What the recorder's words for buffers mean. */
function bufferArgs(buf: JsonValue | undefined): Record<string, ArgValue> {
  const text = String(buf);
  if (text.startsWith("pattern:")) {
    return { fill: BigInt(text.charCodeAt("pattern:".length)), readable: BUFFER_SIZE };
  }
  switch (text) {
    case "null":
    case "unmapped":
      return { buf: text };
    case "kernel-pointer":
      return { buf: "kernel_pointer" };
    case "second-page-unmapped":
      return { fill: BigInt("H".charCodeAt(0)), readable: 4096n };
    default:
      return { fill: BigInt("A".charCodeAt(0)), readable: BUFFER_SIZE };
  }
}

function fileLoad(op: JsonObject, as: string): Step {
  const flags = integerOf(op.flags);
  const length = integerOf(op.cmdline_len);
  if (flags === undefined || length === undefined) {
    return { kind: "problem", message: "`flags` or `cmdline_len` is no number" };
  }
  const bad = op.cmdline === "(bad ptr)";
  const clause = (head: string, args: Readonly<Record<string, ArgValue>>): Clause => ({
    head,
    args,
    clauses: [],
  });
  return sentence("kexec_file_load", { as }, [
    clause("kernel", { file: String(op.kernel_fd) }),
    clause("initrd", { file: String(op.initrd_fd), size: INITRD_SIZE }),
    clause("cmdline", { text: bad ? "" : String(op.cmdline) }),
    clause("cmdline_len", { value: length }),
    clause("cmdline_pointer", { value: bad ? "bad" : "ok" }),
    clause("flags", { value: flags }),
  ]);
}
