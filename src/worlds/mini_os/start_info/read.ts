/** What a kernel reads of its start info at boot, from the bytes in memory. */
import type { Decision } from "../../../machine/mod.ts";
import { readMemory } from "../../../machine/mod.ts";
import type { E820Entry, ModuleEntry } from "../state.ts";
import { fault, firstUnreachable, read, type Run } from "../steps.ts";
import {
  decodeMapEntry,
  decodeModule,
  decodeStartInfo,
  MAP_ENTRY_SIZE,
  MODULE_ENTRY_SIZE,
  START_INFO_SIZE,
  type StartInfo,
} from "./layout.ts";

const PAGE = 4096n;
/** MAX_CMDLINE_SIZE. */
const MOST_CMDLINE = 1024;

export function* readStartInfo(run: Run, at: bigint): Decision<StartInfo> {
  return decodeStartInfo(yield* read(run, at, START_INFO_SIZE, "the start info"));
}

export function* readMap(run: Run, info: StartInfo): Decision<E820Entry[]> {
  const entries: E820Entry[] = [];
  for (let i = 0; i < info.mapEntries; i++) {
    const at = info.map + BigInt(i * MAP_ENTRY_SIZE);
    entries.push(decodeMapEntry(yield* read(run, at, MAP_ENTRY_SIZE, "the memory map passed on")));
  }
  return entries;
}

export function* readModules(
  run: Run,
  info: StartInfo,
): Decision<(ModuleEntry & { readonly cmdline: bigint })[]> {
  const modules: (ModuleEntry & { readonly cmdline: bigint })[] = [];
  for (let i = 0; i < info.modules; i++) {
    const at = info.moduleList + BigInt(i * MODULE_ENTRY_SIZE);
    modules.push(decodeModule(yield* read(run, at, MODULE_ENTRY_SIZE, "the list of modules")));
  }
  return modules;
}

/** The bytes of a text before its NUL. */
export function* readText(run: Run, at: bigint, doing: string): Decision<Uint8Array> {
  const pieces: number[] = [];
  for (let from = at;;) {
    const bad = firstUnreachable(run.machine, from, 1);
    if (bad !== undefined) return yield* fault(run, "read", bad, doing);
    const length = Number(PAGE - (from % PAGE));
    const bytes = readMemory(run.machine, Number(from), length);
    const end = bytes.indexOf(0);
    pieces.push(...bytes.subarray(0, end === -1 ? length : end));
    if (end !== -1) return Uint8Array.from(pieces);
    from += BigInt(length);
  }
}

/** The command line as the kernel keeps it: what fits. */
export function* readCmdline(run: Run, info: StartInfo): Decision<string> {
  if (info.cmdline === 0n) return "";
  const bytes = yield* readText(run, info.cmdline, "the command line");
  return new TextDecoder().decode(bytes.subarray(0, MOST_CMDLINE - 1));
}

/**
 * The first byte behind everything that the start info leads to: memory from there on may be handed
 * out. [minios:pvh_reserve_start_info]
 */
export function* endOfStartInfo(run: Run, at: bigint, info: StartInfo): Decision<bigint> {
  let end = at + BigInt(START_INFO_SIZE);
  const reach = (address: bigint) => {
    const wrapped = BigInt.asUintN(64, address);
    if (wrapped > end) end = wrapped;
  };
  reach(info.moduleList + BigInt(info.modules * MODULE_ENTRY_SIZE));
  const texts = (yield* readModules(run, info)).map((m) => m.cmdline);
  for (const text of [...texts, info.cmdline]) {
    if (text === 0n) continue;
    reach(text + BigInt((yield* readText(run, text, "a command line")).length + 1));
  }
  if (info.version >= 1) reach(info.map + BigInt(info.mapEntries * MAP_ENTRY_SIZE));
  return end;
}
