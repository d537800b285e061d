/**
 * kexec(), from the ELF file to the point of no return:
 *
 * 1. the file is analysed: actions, end, entry point;
 * 2. the place of the new start info is chosen behind the new kernel, the end moves behind it;
 * 3. free memory below the end is taken out of the page allocator;
 * 4. the start info is built in a buffer, the last two actions are added;
 * 5. the running kernel's text is made writable;
 * 6. GDT, IDT, page tables and the file's pages are moved out of the way;
 * 7. the page of the final stage is allocated;
 * 8. the callbacks run;
 * 9. the final stage is copied to its page and entered: the point of no return.
 *
 * What fails before gives back a number, mostly positive, and undoes the rest. The list of actions, the
 * end and the entry point are static and are not reset: the next call appends to them, in every
 * posted release. [minios:kexec]
 */
import { type Decision, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import {
  type Action,
  type Analysis,
  analyzeKernel,
  type Finding,
  MAX_ACTIONS,
  NO_ENTRY,
} from "../elf/mod.ts";
import {
  allocPages,
  freeChunk,
  orderOf,
  reserveMemoryBelow,
  unreserveMemoryBelow,
  writeBitmap,
} from "../memory/mod.ts";
import { nextStartInfo, nextStartInfoSize } from "../start_info/mod.ts";
import { memoryMapOf, modulePointersOf } from "../state.ts";
import { check, emit, fault, hang, milestone, print, type Run, tell, u16 } from "../steps.ts";

import { type Callback, runCallbacks } from "./callbacks.ts";
import { finalPage, sourceAddress } from "./final_page.ts";
import { overModule, tellNeededPages } from "./laws.ts";
import { moveUsedPages, noMemory, undoMove } from "./move_pages.ts";
import { change, forget, type KernelBuffer, kexecOf, type NextBuild } from "./state.ts";

const KEXEC = "minios:kexec";
const ENOEXEC = 8;
const ENOSPC = 28;

/** What kexec() gives back, and why. */
export interface Failure {
  readonly ret: number;
  readonly rule: string;
  readonly message: string;
  /** The smallest change that would pass. */
  readonly remedy?: string;
}

/** Rules that the file passed, in the order in which they are asked. */
const ELF_RULES = ["elf-magic", "elf-endian", "elf-class", "elf-machine", "kexec-list-full"];

export interface KexecCall {
  readonly buffer: KernelBuffer;
  readonly cmdline: string;
  readonly next: NextBuild;
  readonly callbacks: readonly Callback[];
  /** The pages in the way are not moved; this is given back instead. */
  readonly moveAnswer: number | undefined;
  /** do_kexec() is replaced: it copies nothing and does not return. */
  readonly inPlace: boolean;
}

/** Undefined: the final stage has the processor. */
export function* kexec(run: Run, call: KexecCall): Decision<Failure | undefined> {
  yield* staleAttempt(run);
  const { buffer, next } = call;
  const unmoved = call.moveAnswer !== undefined;
  const { inPlace } = call;
  yield* change(run, { buffer, next, unmoved, inPlace }, `kexec of ${next.image}`);
  const analysed = yield* analyse(run, call);
  if (analysed !== undefined) return yield* ended(run, analysed);
  yield* setParameterPlace(run, call.cmdline);
  const { lastAddr } = kexecOf(run.machine);
  const above = yield* overModule(run);
  if (above !== undefined) return yield* ended(run, above);
  yield* milestone(run, `reserve_memory_below ${hex(lastAddr)}`, "minios:reserve_memory_below");
  yield* reserveMemoryBelow(run, Number(lastAddr));

  const failure = yield* prepare(run, call);
  if (failure !== undefined) {
    yield* undo(run);
    return yield* ended(run, failure);
  }
  yield* enterFinalStage(run);
  return undefined;
}

/** Steps 4 to 8. */
function* prepare(run: Run, call: KexecCall): Decision<Failure | undefined> {
  const built = yield* buildParameters(run, call.cmdline);
  if (built !== undefined) {
    yield* print(run, "kexec: ELF file of new kernel has no valid entry point");
    return built;
  }
  yield* milestone(run, "change_readonly 0", "minios:change_readonly");
  const moved = yield* moveUsedPages(run, call.moveAnswer);
  if (moved !== undefined) return moved;
  const page = yield* allocPages(run, 0, { kind: "control-code", label: "final stage of kexec" });
  if (page === undefined) return noMemory("the final stage");
  yield* change(run, { pagePfn: page }, "page of the final stage");
  if (page * PAGE_SIZE >= 2 ** 32) {
    if (run.features.keepsFinalPageLow) return noMemory("the final stage below 4 GiB");
    const message = `the final stage lies at ${
      hex(page * PAGE_SIZE)
    }: it cannot switch paging off there, and nothing looks`;
    yield* tell(run, "final-page-above-4g", message, "minios:do_kexec");
  }
  const answered = yield* runCallbacks(run, call.callbacks);
  if (answered === undefined) return undefined;
  const { name, answer } = answered;
  const message = `callback ${name} answered ${answer}: those before it were undone`;
  return { ret: answer, rule: "kexec-callback", message };
}

/** Says what an earlier attempt left, since it will be executed first. */
function* staleAttempt(run: Run): Decision<void> {
  const { actions, entry } = kexecOf(run.machine);
  if (actions.length === 0 && entry === NO_ENTRY) return;
  if (run.features.forgetsFailedAttempt) return yield* forget(run);
  yield* change(run, { actions: pointersOf(run) }, "the actions of an earlier attempt stay");
  const call = actions.find((action) => action.kind === "CALL");
  const message = call === undefined
    ? `${actions.length} actions of an earlier attempt are still in the list, and its entry point counts`
    : `the list still ends an earlier attempt with a call of ${
      hex(call.dest)
    }: it will be run first`;
  yield* tell(run, "stale-actions", message, KEXEC);
}

/** Sources in the file of an earlier attempt point to where it was. */
function pointersOf(run: Run): Action[] {
  const { actions, buffer } = kexecOf(run.machine);
  return actions.map((action) => {
    const at = sourceAddress(action, buffer?.vaddr ?? 0n);
    return { ...action, source: { in: "memory", at } };
  });
}

function* ended(run: Run, failure: Failure): Decision<Failure> {
  if (run.features.forgetsFailedAttempt) yield* forget(run);
  return failure;
}

function* analyse(run: Run, { buffer }: KexecCall): Decision<Failure | undefined> {
  const rules = { checksFileSize: run.features.checksFileSize };
  const analysis = analyzeKernel(buffer.file, kexecOf(run.machine), rules);
  const { attempt, verdict } = analysis;
  for (const finding of analysis.findings) {
    yield* milestone(run, describe(finding), "minios:analyze_kernel");
  }
  yield* change(run, attempt, `${attempt.actions.length} actions, up to ${hex(attempt.lastAddr)}`);
  switch (verdict.kind) {
    case "ok":
      yield* passedRules(run);
      return yield* hazardsOf(run, analysis, buffer);
    case "error":
      yield* passedRules(run, verdict.rule);
      if (verdict.line !== undefined) yield* print(run, verdict.line);
      if (run.features.givesPositiveErrors) return { ...verdict, ret: Math.abs(verdict.ret) };
      if (verdict.rule === "kexec-list-full") {
        yield* tell(
          run,
          "errno-sign",
          `kexec() gives back ${verdict.ret}: the other errors are positive`,
          "minios:kexec_add_action",
        );
      }
      return { ret: verdict.ret, rule: verdict.rule, message: verdict.message };
    case "fault": {
      const doing = `${verdict.doing} of ${buffer.file.name}, outside the file`;
      return yield* fault(run, "read", buffer.vaddr + verdict.offset, doing);
    }
    case "endless":
      return yield* hang(
        run,
        `the search for the entry point comes to no end at offset ${hex(verdict.offset)}`,
      );
  }
}

/** The rules before the one that failed; all of them if none did. */
function* passedRules(run: Run, failed?: string): Decision<void> {
  for (const rule of ELF_RULES) {
    if (rule === failed) return;
    yield* check(run, rule, "minios:analyze_kernel", undefined);
  }
}

function describe(finding: Finding): string {
  switch (finding.kind) {
    case "header":
      return `ELF file of ${finding.elfClass} bits, ${finding.machine}`;
    case "load":
      return `program header ${finding.index} goes to ${finding.range}`;
    case "skipped":
      return `program header ${finding.index} is left out: it has no access rights`;
    case "entry":
      return `entry point ${hex(finding.entry)}, from the notes of ${finding.where}`;
  }
}

/** What was accepted and should not have been. */
function* hazardsOf(
  run: Run,
  { attempt }: Analysis,
  buffer: KernelBuffer,
): Decision<Failure | undefined> {
  const size = BigInt(buffer.file.size);
  for (const { source, length, what } of attempt.actions) {
    if (source.in !== "file" || source.offset + BigInt(length) <= size) continue;
    const message = `${what} takes bytes ${hex(source.offset)} to ${
      hex(source.offset + BigInt(length))
    } of a file of ${hex(size)}: whatever lies behind is copied`;
    yield* tell(run, "elf-beyond-file", message, "minios:analyze_phdrs", `elf-beyond-file:${what}`);
  }
  const { entry } = attempt;
  const inside = attempt.actions.some(({ kind, dest, length }) =>
    kind !== "CALL" && entry >= dest && entry < dest + BigInt(length)
  );
  if (entry === NO_ENTRY || inside) return undefined;
  const message = `the entry point ${hex(entry)} lies in nothing that is loaded`;
  if (run.features.checksEntry) return { ret: ENOEXEC, rule: "kexec-no-entry", message };
  yield* tell(run, "entry-outside", message, "minios:read_note_entry");
  return undefined;
}

/** [minios:kexec_set_param_loc] */
function* setParameterPlace(run: Run, cmdline: string): Decision<void> {
  const { admin } = modulePointersOf(run.machine);
  const paramSize = nextStartInfoSize(memoryMapOf(run.machine).entries, admin !== 0, cmdline);
  const u64 = (value: bigint) => BigInt.asUintN(64, value);
  const paramPa = u64(kexecOf(run.machine).lastAddr + 7n) & ~7n;
  const lastAddr = u64(paramPa + BigInt(paramSize) + 4095n) & ~4095n;
  const what = `start info of ${paramSize} bytes will lie at ${hex(paramPa)}`;
  yield* change(run, { paramSize, paramPa, lastAddr }, what);
}

/** [minios:kexec_get_entry] */
function* buildParameters(run: Run, cmdline: string): Decision<Failure | undefined> {
  const cite = "minios:kexec_get_entry";
  const { entry, paramSize, paramPa } = kexecOf(run.machine);
  if (entry === NO_ENTRY) {
    const message = "no note with the owner Xen and type 18 gave an entry point";
    const remedy = "Give the file a note: owner `Xen`, type 18, a value of 4 bytes";
    return { ret: ENOEXEC, rule: "kexec-no-entry", message, remedy };
  }
  const order = orderOf(paramSize);
  const pfn = yield* allocPages(run, order, { kind: "control", label: "start info being built" });
  if (pfn === undefined) return noMemory("the new start info");
  yield* change(run, { paramPfn: pfn }, "buffer of the start info");
  const at = pfn * PAGE_SIZE;
  const block = nextStartInfo({
    features: run.features,
    map: memoryMapOf(run.machine).entries,
    module: passedModule(run),
    cmdline,
    at: paramPa,
    buffer: BigInt(at),
  }, readMemory(run.machine, at, paramSize));
  yield* emit(run, {
    kind: "bytes-written",
    at,
    bytes: block,
    what: "start info of the next kernel",
  });
  if (!run.features.finalAddresses) {
    const message = `the start info points into the buffer at ${
      hex(at)
    }, not to where it is copied`;
    yield* tell(run, "start-info-in-buffer", message, cite);
  }
  const added = yield* addLast(run, entry, paramPa, paramSize, BigInt(at));
  if (added) return undefined;
  const message =
    `the list of actions has room for ${MAX_ACTIONS}: none is left for the start info and the call`;
  return { ret: ENOSPC, rule: "kexec-list-full", message };
}

function passedModule(run: Run) {
  const { admin, start } = modulePointersOf(run.machine);
  if (admin === 0) return undefined;
  const pages = u16(readMemory(run.machine, admin + 8, 2)) + 1;
  return { paddr: BigInt(start), size: BigInt(pages * PAGE_SIZE) };
}

/** The start info's own COPY, and the CALL. */
function* addLast(
  run: Run,
  entry: bigint,
  paramPa: bigint,
  paramSize: number,
  buffer: bigint,
): Decision<boolean> {
  const last = [
    { kind: "COPY", dest: paramPa, length: paramSize, at: buffer, what: "start info" },
    { kind: "CALL", dest: entry, length: 0, at: paramPa, what: "call of the new kernel" },
  ] as const;
  for (const { kind, dest, length, at, what } of last) {
    const { actions } = kexecOf(run.machine);
    if (actions.length === MAX_ACTIONS) {
      if (run.features.givesPositiveErrors) return false;
      const message = "kexec() gives back +28 where the same list filled by the ELF file gives -28";
      yield* tell(run, "errno-sign", message, "minios:kexec_add_action");
      return false;
    }
    const action = { kind, dest, length, source: { in: "memory", at }, what } as const;
    yield* change(run, { actions: [...actions, action] }, `action ${actions.length}: ${what}`);
  }
  return true;
}

/** The error path: what was done since step 3, but the list, the end and the entry point. */
function* undo(run: Run): Decision<void> {
  const { pagePfn } = kexecOf(run.machine);
  if (pagePfn !== undefined) {
    yield* freeChunk(run, { pfn: pagePfn, order: 0 }, "free_pages: page of the final stage");
    yield* change(run, { pagePfn: undefined }, "no page of the final stage");
  } else if (!run.features.initialisesFinalPage) {
    yield* tell(
      run,
      "final-page-uninitialised",
      "the page of the final stage was never allocated; whatever its variable holds is freed",
      KEXEC,
    );
  }
  yield* milestone(run, "change_readonly 1", "minios:change_readonly");
  yield* milestone(run, "unreserve_memory_below", "minios:unreserve_memory_below");
  yield* unreserveMemoryBelow(run);
  yield* undoMove(run);
  const { paramPfn, paramSize } = kexecOf(run.machine);
  if (paramPfn !== undefined) {
    const chunk = { pfn: paramPfn, order: orderOf(paramSize) };
    yield* freeChunk(run, chunk, "free_pages: buffer of the start info");
    yield* change(run, { paramPfn: undefined }, "no buffer of the start info");
  }
}

/** [minios:do_kexec] */
function* enterFinalStage(run: Run): Decision<void> {
  yield* tellNeededPages(run);
  const { actions, pagePfn, buffer, inPlace } = kexecOf(run.machine);
  const at = pagePfn! * PAGE_SIZE;
  yield* writeBitmap(run);
  yield* milestone(run, `do_kexec page=${hex(at)}`, "minios:do_kexec");
  if (inPlace) return;
  const bytes = finalPage(actions, buffer!.vaddr);
  yield* emit(run, { kind: "bytes-written", at, bytes, what: "final stage of kexec" });
  yield* emit(run, {
    kind: "cpu-changed",
    cpus: [0, 1],
    changes: { rflags: 2n, rip: BigInt(at) },
    what: "interrupts off, final stage entered",
  });
  yield* emit(run, { kind: "power-changed", power: "jumping", why: "the point of no return" });
}
