/** kexec() in a Mini-OS recording, up to the final stage: the ELF file, what is made to fail, the call. */
import {
  type Clause,
  type Context,
  type Event,
  type FileBytes,
  type ImageSpec,
  settle,
} from "../machine/mod.ts";
import type { JsonObject, JsonValue } from "./format.ts";
import {
  type Bench,
  bytesOf,
  digitsOf,
  type Handler,
  hexOf,
  type Observation,
} from "./minios_bench.ts";
import { bigOf } from "./minios_module.ts";

const PAGE_SIZE = 4096;
/** The recorder's callbacks, in link order. */
const CALLBACKS = ["cb0", "cb1", "cb2"];

export const ELF_HANDLERS: Readonly<Record<string, Handler>> = {
  elf(bench, op) {
    bench.notes.set("elf", op.bytes ?? "");
    return undefined;
  },
  inject(bench, op) {
    bench.notes.set(`inject.${String(op.what)}`, op.value ?? null);
    return undefined;
  },
  kexec(bench, op) {
    const bytes = bytesOf(bench.notes.get("elf"));
    const file: FileBytes = {
      name: "elf",
      size: bytes.length,
      read: (offset, length) => bytes.subarray(offset, offset + length),
    };
    const image: ImageSpec = {
      name: "next",
      slot: "default",
      flags: [],
      segments: [],
      entryPoint: 0n,
      clauses: [{ head: "elf", args: { file } }],
    };
    const events = perform(
      bench,
      "kexec",
      { image, until: "do_kexec", file: "apart" },
      clausesOf(bench, op),
      contextOf(bench),
    );
    return observed(bench, events, bytes.length);
  },
};

/** Runs an operation and keeps its events. */
export function perform(
  bench: Bench,
  head: string,
  args: Clause["args"],
  clauses: readonly Clause[] = [],
  context: Context = { allocationFails: () => false },
): Event[] {
  const events: Event[] = [];
  const decision = bench.world.decide(bench.machine, { head, args, clauses }, context);
  const done = settle(bench.machine, decision, (event) => events.push(event));
  bench.machine = done.machine;
  bench.outcome = done.result;
  return events;
}

/** What was printed meanwhile. */
export function printedBy(events: readonly Event[]): Observation {
  const text = events.flatMap((e) => e.kind === "log-printed" ? [`${e.text}\n`] : []).join("");
  return text === "" ? {} : { printk: text };
}

function clausesOf(bench: Bench, op: JsonObject): Clause[] {
  const clause = (head: string, args: Clause["args"]): Clause => ({ head, args, clauses: [] });
  const injected = (what: string) => bigOf(bench.notes.get(`inject.${what}`));
  return [
    clause("cmdline", { text: typeof op.cmdline === "string" ? op.cmdline : "" }),
    clause("move_used_pages", { returns: injected("move") }),
    ...CALLBACKS.map((name) => clause("callback", { name, returns: injected(name) })),
  ];
}

/** `failalloc`: the number of the request that fails; -1: none. */
function contextOf(bench: Bench): Context {
  const at = bench.notes.get("inject.failalloc");
  return { allocationFails: (count) => at === count };
}

function observed(bench: Bench, events: readonly Event[], size: number): Observation {
  const { note } = bench.outcome;
  const reached = bench.outcome.ret === "0";
  const number = /^kexec\(\) returned (-?\d+)$/.exec(note ?? "");
  const state = {
    entry: bench.hex("kexec entry") ?? hexOf((1n << 64n) - 1n),
    last_addr: bench.hex("kexec end"),
    n_actions: bench.number("kexec action count"),
    actions: actionsOf(bench),
    events: events.flatMap(eventLine),
    ...printedBy(events),
  };
  if (bench.died) {
    return { ...bench.death(), ...faultInFile(bench), elf_len: size, ...state };
  }
  return {
    ...(reached ? { reached: true } : { ret: Number(number?.[1] ?? NaN) }),
    ...state,
    param_pa: bench.hex("kexec start info"),
    param_size: bench.number("kexec start info size"),
    param_mem: bench.hex("kexec buffer"),
    params: paramsOf(bench),
    free_pages: bench.number("allocator pages"),
  };
}

/** An address behind the beginning of the file is told from there, if the processor tells one at all. */
export function faultInFile(bench: Bench): Observation {
  const { fault } = bench.machine;
  const base = bench.ask("kexec file");
  if (fault?.exception !== "page fault") return {};
  if (base.kind !== "integer" || fault.vaddr < base.value) return {};
  return { fault: `elf+${hexOf(fault.vaddr - base.value)}` };
}

function paramsOf(bench: Bench): JsonValue | undefined {
  const bytes = bench.ask("kexec buffer bytes");
  return bytes.kind === "bytes" ? digitsOf(bytes.value) : undefined;
}

function actionsOf(bench: Bench): JsonValue {
  const lines = bench.ask("kexec actions");
  const file = bench.ask("kexec file");
  const base = file.kind === "integer" ? file.value : 1n << 64n;
  if (lines.kind !== "list") return [];
  return lines.items.map((item) => {
    const [type = "", dest = "", len = "", src = "0"] = item.kind === "text"
      ? item.value.split(" ")
      : [];
    const offset = /^file\+(.*)$/.exec(src)?.[1];
    const from = offset ?? (BigInt(src) >= base ? hexOf(BigInt(src) - base) : undefined);
    return { type, dest, len: Number(len), src: from === undefined ? src : `elf+${from}` };
  });
}

const TOLD =
  /^(reserve_memory_below|change_readonly|kexec_move_used_pages|unreserve_memory_below|do_kexec|cb\d )/;

/** What the recorder saw of a step; nothing of those inside a function that it replaced. */
function eventLine(event: Event, index: number, all: readonly Event[]): string[] {
  const before = all[index - 1];
  switch (event.kind) {
    case "milestone-reached":
      return TOLD.test(event.text) ? [event.text] : [];
    case "frames-allocated": {
      const [start, end] = event.frames as readonly [number, number];
      return [`alloc_pages order=${Math.log2(end - start)} ret=${hexOf(start * PAGE_SIZE)}`];
    }
    case "allocation-failed": {
      // The kernel itself says so when there is no memory.
      const own = before?.kind === "log-printed";
      return [`alloc_pages order=${event.order} ret=0x0${own ? "" : " (injected)"}`];
    }
    case "frames-freed": {
      if (!event.why.startsWith("free_pages")) return [];
      const [start, end] = event.frames as readonly [number, number];
      return [`free_pages ${hexOf(start * PAGE_SIZE)} order=${Math.log2(end - start)}`];
    }
    default:
      return [];
  }
}
