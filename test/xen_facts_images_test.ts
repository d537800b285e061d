/**
 * What FACTS.md of the recordings states of replaced and executed images, and of `crashkernel=`,
 * that no public case shows: made up from the statements in the recordings' own form, and replayed.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "../src/replay/format.ts";
import { replay } from "../src/replay/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";

function linesOf(name: string): JsonObject[] {
  const text = readFileSync(new URL(`recordings/xen/${name}.jsonl`, import.meta.url), "utf8");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Replays one case on the machine of the recording's first. */
function holds(recording: string, id: string, op: JsonObject, seen: JsonObject): void {
  test(`${recording}: ${id}`, () => {
    const [head, machine] = linesOf(recording);
    const made = { kind: "case", machine: machine!.id!, id, ops: [op], observed: [seen] };
    const lines = [head, machine, made].map((line) => JSON.stringify(line));
    const report = replay(lines.join("\n"), [xen]);
    assert.deepEqual(report.problems, []);
    assert.deepEqual(report.cases.map((c) => c.differences), [[]]);
  });
}

const hex = (value: number) => `0x${value.toString(16)}`;

function segment(buf: string, size: number, dest: number, destSize = size): JsonObject {
  return { buf, buf_size: hex(size), dest_maddr: hex(dest), dest_size: hex(destSize) };
}

const LOW = segment("null", 0, 0, 0x10_0000);

function truth(flags: number): JsonObject {
  const bit = (n: number) => (flags >> n) & 1;
  return {
    kexec_flags: flags,
    default_pos: bit(4),
    crash_pos: bit(5),
    default_loaded: bit(bit(4)),
    crash_loaded: bit(2 + bit(5)),
    in_progress: 0,
    in_hypercall: 0,
  };
}

/** A payload at `at`, with the first MiB. */
function load(type: number, at: number, result = "OK", more: JsonObject = {}): JsonObject {
  const { arch = 62 } = more;
  const program = segment(arch === 3 ? "fp32.bin" : "fp64.bin", 0x1000, at, 0x3000);
  return { op: "load", type, arch, entry: hex(at), segments: [program, LOW], ...more, result };
}

const executing = (cpu: number) => `(XEN) Executing kexec image on cpu${cpu}`;
const SHOT = "(XEN) Shot down all CPUs";
const KEY = [
  "(XEN) *** Serial input to Xen (type 'CTRL-a' three times to switch input)",
  "(XEN) 'C' pressed -> triggering crashdump",
];

function execution(
  id: string,
  loads: readonly JsonObject[],
  trigger: string,
  { flags, ran, console, ...more }: {
    readonly flags: number;
    readonly ran: boolean;
    readonly console: readonly string[];
    readonly mode?: number;
    readonly qemu_exited?: boolean;
    readonly memcheck?: JsonValue;
  },
): void {
  holds("execution", id, { op: "load_and_jump", loads, trigger }, {
    truth: truth(flags),
    payload_ran: ran,
    qemu_exited: !ran,
    xen_console: console,
    ...more,
  });
}

const D = 0x1000_0000;
const A = 0x810_0000;
const B = 0x900_0000;

const zeroTail = {
  addr: "0x10200000",
  len: 0x5000,
  what: "seg 1",
  all_zero: false,
  words: ["0x5100000000000000", "0x5100000000001000", "0x5100000000002000", "0x0", "0x0"],
};
execution(
  "24, 25 (E01): default images run on cpu0, their tail is zeroed",
  [load(0, D, "OK", {
    segments: [
      segment("fp64.bin", 0x1000, D, 0x3000),
      segment("p51", 0x2800, 0x1020_0000, 0x5000),
      LOW,
    ],
  })],
  "exec0",
  { flags: 18, ran: true, console: [executing(0)], mode: 64, memcheck: [zeroTail] },
);
execution("24 (E04): exec of type 1, on the caller's cpu", [load(1, A)], "exec1", {
  flags: 40,
  ran: true,
  console: [executing(1), SHOT],
  mode: 64,
});
execution("23 (E05): 32 bits, by the debug key", [load(1, A, "OK", { arch: 3 })], "debugkey-C", {
  flags: 40,
  ran: true,
  console: [...KEY, executing(0), SHOT],
  mode: 32,
});
for (const trigger of ["sysrq-c", "dom0-panic"]) {
  execution(`24 (E06, E20): dom0 panics, ${trigger}`, [load(1, A)], trigger, {
    flags: 40,
    ran: true,
    console: [`(XEN) Hardware Dom0 crashed: ${executing(1).slice(6)}`, SHOT],
    mode: 64,
  });
}
execution("19 (E08): a replacement elsewhere runs", [load(1, A), load(1, B)], "exec1", {
  flags: 4,
  ran: true,
  console: [executing(1), SHOT],
});
execution(
  "18 (E09): an image whose replacement failed late is dead",
  [load(1, A), load(1, B, "EINVAL", { arch: 0 })],
  "exec1",
  { flags: 40, ran: false, console: [executing(1), SHOT] },
);
execution(
  "18 (E11): one whose replacement failed early runs",
  [load(1, A), load(1, B, "EADDRNOTAVAIL", { entry: "0x10000000" })],
  "exec1",
  { flags: 40, ran: true, console: [executing(1), SHOT] },
);
execution("11 (E15): a default image over the crash region", [load(0, A)], "exec0", {
  flags: 18,
  ran: true,
  console: [executing(0)],
});
execution(
  "24 (E18): an entry that nothing maps",
  [load(0, D, "OK", { entry: "0x20000000" })],
  "exec0",
  { flags: 18, ran: false, console: [executing(0)] },
);
execution("24 (E16): the key without an image", [], "debugkey-C", {
  flags: 0,
  ran: false,
  qemu_exited: false,
  console: [...KEY, "(XEN)  * no crash kernel loaded!"],
});

/** Of a public case: its loads, then an unload. */
function unloaded(name: string, result: string, seen: JsonObject): void {
  const base = linesOf("execution").find((line) => String(line.id).startsWith(name))!;
  const [op] = base.ops as unknown as [JsonObject];
  const [{ probe }] = base.observed as unknown as [JsonObject];
  const loads = [...op.loads as readonly JsonObject[], { op: "unload", type: 0, result }];
  holds("execution", `26: the loads of ${name}, and unload`, {
    op: "load_and_jump",
    loads,
    trigger: "none",
  }, { probe, payload_ran: false, qemu_exited: false, ...seen });
}
unloaded("E22", "XEN_PANIC", {
  xen_console: ["(XEN) ----[ Xen-4.17.7  x86_64  debug=n  Not tainted ]----"],
});
unloaded("E14", "OK", { truth: truth(0), xen_console: [] });

/** Image A of most replacements, and what comes after. */
const filled = (tag: string, at: number) => segment(tag, 0x1_0000, at);
const image = (at: number, more: JsonObject = {}): JsonObject => ({
  op: "load",
  type: 1,
  arch: 62,
  entry: hex(at),
  segments: [filled("pA1", at), LOW],
  ...more,
});
const ALLOC = "kimage_alloc";
const LOAD = "kimage_load_segments";
const FREE = "kimage_free";
const ALL = [ALLOC, LOAD, "machine_kexec_load", "machine_kexec_unload", FREE];

function replaced(
  id: string,
  [a, b]: readonly [JsonObject, JsonObject],
  stops: readonly string[],
  seen: JsonObject,
): void {
  holds("replacement", id, { op: "replace", A: a, B: b, steps: [] }, {
    before_load_nonzero_pages: [],
    stops_during_B: stops.map((at) => ({ at })),
    load_B: seen,
  });
}

const failed = (result: string) => ({
  result,
  truth: truth(40),
  status: { default: 0, crash: 1 },
});
const done = { result: "OK", truth: truth(4), status: { default: 0, crash: 0 } };
const first = image(A);
const second = 0x880_0000;

replaced(
  "18 (R06): an empty map fails late, A is dead",
  [
    first,
    image(second, { segments: [filled("pB1", second), segment("null", 0, 0x8a0_0000)] }),
  ],
  [ALLOC, LOAD, FREE],
  {
    ...failed("ENOMEM"),
    A_control_code_page_now: "zero",
    A_trampoline_mapping_now: [],
  },
);
replaced(
  "18 (R08): misaligned fails early, A is whole",
  [
    first,
    image(second, { segments: [segment("pB1", 0x1000, second + 0x10)] }),
  ],
  [ALLOC, FREE],
  { ...failed("EADDRNOTAVAIL"), A_pages_overwritten: [] },
);
for (const buf of ["bad", "hB1.4096"]) {
  replaced(
    `9 (R10, R11): a buffer of ${buf}`,
    [
      first,
      image(second, { segments: [segment(buf, 0x1_0000, second), LOW] }),
    ],
    ALL,
    done,
  );
}
replaced(
  "18 (R16): A's segments at the beginning of the region die, not its control pages",
  [
    image(0x800_0000),
    image(second, { arch: 0 }),
  ],
  [ALLOC, LOAD, "machine_kexec_load", FREE],
  {
    ...failed("EINVAL"),
    A_segment_pages_intact: [],
    A_control_pages_overwritten_count: 0,
  },
);
replaced(
  "19 (R19): B's data over A's list",
  [
    first,
    image(0x800_5000),
  ],
  ALL,
  { result: "XEN_PANIC" },
);

function inSteps(
  id: string,
  steps: readonly (readonly [JsonObject, string, number | null, JsonValue?])[],
): void {
  const told = steps.map(([op, result, flags, pages]) => {
    const status = flags === null ? null : { default: 0, crash: (flags >> 5) & 1 };
    return {
      op,
      result,
      truth: flags === null ? null : truth(flags),
      status,
      ...(pages === undefined ? {} : { changed_pages: pages }),
    };
  });
  holds("replacement", id, { op: "replace", steps: told }, {});
}
const unload = { op: "unload", type: 1 };
const over = image(0x800_0000, { arch: 0 });
inSteps("19 (R27): unload changes no byte", [
  [first, "OK", 40, ["0x8000000-0x8009fff", "0x8100000-0x810ffff"]],
  [unload, "OK", 0, []],
]);
inSteps("19 (R28): unload of an image whose list was written over", [
  [first, "OK", 40],
  [over, "EINVAL", null],
  [unload, "XEN_PANIC", null],
]);
inSteps("19 (R29, R31): a further load makes the control pages anew", [
  [first, "OK", 40],
  [over, "EINVAL", null],
  [image(second), "OK", 4],
  [unload, "OK", 32],
]);
inSteps("19 (R32): unload first is safe", [
  [first, "OK", 40],
  [unload, "OK", 0],
  [image(0x800_0000), "OK", 40],
]);
