/** Xen builds dom0: how much memory it gets, where, and what its kernel is like. [xen:construct_dom0] */
import {
  type BootRequest,
  type Clause,
  type ClauseShape,
  type Decision,
  type SettingValue,
} from "../../../machine/mod.ts";
import { PAGE_SIZE, sizeOf } from "../../../memory/mod.ts";
import { SETTING } from "../state.ts";
import { emit, type Run } from "../steps.ts";
import { highestFree, layOut } from "./layout.ts";
import { DOM0, FORGOTTEN, type Forgotten } from "./settings.ts";
import { DOM0_KERNEL, FIRST_PFN, FREE_IN_DOM0 } from "./pages.ts";

export const DOM0_CLAUSE: ClauseShape = {
  head: "dom0",
  summary: "the first domain and its kernel: `linux`, `classic` (the Xen port of 2.6), `uek`",
  positional: [
    { name: "world", type: "word", choices: ["linux", "classic", "uek"], required: true },
    { name: "version", type: "version", required: true },
  ],
  clauses: [
    {
      head: "memory",
      summary: "what it gets; `dom0_mem=` of Xen's command line, or nearly all, unless said",
      positional: [{ name: "size", type: "size", required: true }],
      once: true,
    },
    {
      head: "cmdline",
      summary: "its kernel's own command line",
      positional: [{ name: "text", type: "text", required: true }],
      once: true,
    },
    {
      head: "width",
      summary: "64, or 32 for a 32-bit PAE kernel",
      positional: [{ name: "bits", type: "integer", choices: ["64", "32"], required: true }],
      once: true,
    },
    {
      head: "interface",
      summary: "interface version of the Xen header that its code was built with: 0x00040400",
      positional: [{ name: "version", type: "integer", required: true }],
      labels: [{
        name: "draft",
        type: "flag",
        summary: "the header of the patch series of February 2013",
      }],
      once: true,
    },
    {
      head: "patch",
      summary: "what its kernel can do that its release cannot: `hooks`, `flag`",
      positional: [{
        name: "what",
        type: "word",
        choices: ["hooks", "flag"],
        required: true,
        summary: "`hooks`: kexec_ops of 2012; `flag`: KEXEC_HYPERVISOR as it was proposed",
      }],
    },
    {
      head: "forgets",
      summary:
        "what its hooks leave out: translating `sources`, `links` or `page_list`, or `unload`",
      positional: [{ name: "what", type: "word", choices: FORGOTTEN, required: true }],
    },
    {
      head: "tools",
      summary: "release of kexec-tools in it; the newest unless said",
      positional: [{ name: "version", type: "version", required: true }],
      once: true,
    },
    {
      head: "p2m",
      summary: "which of many orders its memory came in",
      labels: [{ name: "seed", type: "integer", required: true }],
      once: true,
    },
  ],
  once: true,
};

/** The release of kexec-tools that was read. */
const NEWEST_TOOLS = "2.0.32";

/** dom0's kernel, pages: text, data and what it took at boot. */
const KERNEL_PAGES = 0x2000;

/** Frames that a 32-bit dom0 can name in a page-table entry's usual half: 64 GiB. */
const PAE_FRAMES = 2 ** 24;

export function* bootDom0(run: Run, { clauses }: BootRequest): Decision<void> {
  const clause = clauses.find((c) => c.head === "dom0");
  const cmdline = String(clauses.findLast((c) => c.head === "cmdline")?.args.text ?? "");
  if (clause === undefined && !/(^|\s)dom0_mem=/.test(cmdline)) return;
  const width = inner(clause, "width")?.args.bits === 32n ? 32 : 64;
  yield* tellSettings(run, clause, width);
  yield* tellOwnCrashkernel(run, String(inner(clause, "cmdline")?.args.text ?? ""));
  const free = [...run.machine.free.from()].reduce((sum, e) => sum + sizeOf(e), 0);
  const given = inner(clause, "memory")?.args.size;
  const pages = Math.min(
    free,
    typeof given === "bigint" ? Math.floor(Number(given) / PAGE_SIZE) : dom0Mem(cmdline, free),
  );
  const frames = highestFree(run.machine, pages, width === 32 ? PAE_FRAMES : Infinity);
  if (frames.length === 0) return;
  const flat = frames.flatMap((r) => [r.start, r.end]);
  yield* emit(run, { kind: "frames-claimed", frames: flat, owner: FREE_IN_DOM0 });
  const seed = inner(clause, "p2m")?.args.seed;
  const { pfns, mfns } = layOut(frames, typeof seed === "bigint" ? seed : 0n);
  yield* emit(run, { kind: "p2m-changed", pfns, mfns, what: "dom0 was built" });
  const value = BigInt(pfns.at(-1) ?? 0);
  yield* emit(run, { kind: "setting-set", name: DOM0.pages, value });
  yield* claimKernel(run);
}

function inner(clause: Clause | undefined, head: string): Clause | undefined {
  return clause?.clauses.find((c) => c.head === head);
}

function* tellSettings(run: Run, clause: Clause | undefined, width: 64 | 32): Decision<void> {
  const kernel = clause === undefined ? "linux" : String(clause.args.world);
  const patches = clause?.clauses.filter((c) => c.head === "patch").map((c) => c.args.what) ?? [];
  const header = inner(clause, "interface")?.args;
  // A kernel with hooks was built against the headers of its own time.
  const old = kernel !== "linux" || patches.includes("hooks");
  const settings: [string, SettingValue][] = [
    [SETTING.dom0Width, BigInt(width)],
    [DOM0.kernel, clause === undefined ? kernel : `${kernel} ${clause.args.version}`],
    [
      DOM0.interface,
      typeof header?.version === "bigint" ? header.version : old ? 0x40200n : 0x40400n,
    ],
    [DOM0.draft, header?.draft === true],
    [DOM0.tools, String(inner(clause, "tools")?.args.version ?? NEWEST_TOOLS)],
    [DOM0.hooks, old],
    [DOM0.flag, patches.includes("flag")],
    ...(clause?.clauses ?? []).filter((c) => c.head === "forgets")
      .map((c): [string, SettingValue] => [DOM0.forgets(c.args.what as Forgotten), true]),
  ];
  for (const [name, value] of settings) yield* emit(run, { kind: "setting-set", name, value });
}

/** dom0 has no say in it: the region is Xen's, and its own option would reserve other memory. */
function* tellOwnCrashkernel(run: Run, cmdline: string): Decision<void> {
  if (!/(^|\s)crashkernel=/.test(cmdline)) return;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "dom0-crashkernel-ignored",
      message:
        "`crashkernel=` stands on dom0's command line, where it reserves nothing: it belongs to Xen's",
      key: "dom0-crashkernel-ignored",
      cite: "linux-uek:xen_kexec_ops",
    },
  });
}

/** A piece of dom0's memory is its kernel's: at 16 MiB of its own addresses, or at most half of all. */
function* claimKernel(run: Run): Decision<void> {
  const all = [...run.machine.p2m.toMachine.from()].at(-1)?.end ?? 0;
  const end = Math.min(FIRST_PFN + KERNEL_PAGES, Math.floor(all / 2));
  const frames: [number, number][] = [];
  for (const e of run.machine.p2m.toMachine.within(FIRST_PFN, end)) {
    frames.push([e.start - e.shift, e.end - e.shift]);
  }
  if (frames.length === 0) return;
  frames.sort((a, b) => a[0] - b[0]);
  yield* emit(run, { kind: "frames-reassigned", frames: frames.flat(), owner: DOM0_KERNEL });
}

const UNITS: Readonly<Record<string, number>> = {
  "": 2 ** 10,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/**
 * Pages by `dom0_mem=`: the item without `min:` and `max:` counts, a negative one is left to others,
 * a number without a unit is KiB. Without one, all but a sixteenth, 128 MiB at most.
 * [xen:parse_dom0_mem] [xen:dom0_compute_nr_pages]
 */
function dom0Mem(cmdline: string, free: number): number {
  const rest = free - Math.min(Math.floor(free / 16), 2 ** 27 / PAGE_SIZE);
  const options = [...cmdline.matchAll(/(?:^|\s)dom0_mem=(\S+)/g)];
  let wanted: number | undefined;
  for (const [, text] of options) {
    for (const item of text!.split(",")) {
      const m = /^(-?)(\d+|0x[0-9a-f]+)([bkmgt]?)$/i.exec(item);
      if (m === null) continue;
      const pages = Math.floor(Number(m[2]) * UNITS[m[3]!.toLowerCase()]! / PAGE_SIZE);
      wanted = m[1] === "-" ? Math.max(0, free - pages) : pages;
    }
  }
  return wanted ?? rest;
}
