/** The sentences of kexec and of the page allocator. */
import {
  type ClauseShape,
  type Decision,
  type FileBytes,
  type ImageClause,
  type ImageSpec,
  type Operation,
  type RefusalNature,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { startKernel } from "../boot.ts";
import { describedElf } from "../elf/mod.ts";
import {
  allocPages,
  freeChunk,
  ORDER_OFFSET,
  reserveMemoryBelow,
  rootOf,
  unreserveMemoryBelow,
} from "../memory/mod.ts";
import { NINEPFS_CALLBACK } from "../ninepfs/mod.ts";
import type { OperationOf } from "../operation.ts";
import { kernelOf } from "../state.ts";
import { check, fault, isReachable, milestone, refuse, type Run, tell } from "../steps.ts";
import { type Callback, callbacksOf, stubCallback } from "./callbacks.ts";
import { finalStage, type Landed } from "./final.ts";
import { bufferApart, bufferAt, bufferInHeap } from "./heap.ts";
import { type Failure, kexec } from "./kexec.ts";
import { startNext, TABLE_DISTANCE } from "./next_kernel.ts";
import { change, type KernelBuffer, kexecOf, type NextBuild } from "./state.ts";

const NAME = { name: "name", type: "name", required: true } as const;
const COUNT = { name: "count", type: "integer", required: true } as const;

/** What the next kernel was built with: clauses of `image NAME : mini_os { }`. */
export const IMAGE_CLAUSES: readonly ClauseShape[] = [
  {
    head: "elf",
    summary: "the ELF file of a Mini-OS kernel, in place of segments",
    positional: [{ name: "file", type: "file", required: true }],
    once: true,
  },
  {
    head: "module_pages",
    summary: "CONFIG_KEXEC_MODULE_PAGES of the kernel; as the running one's if absent",
    positional: [COUNT],
    once: true,
  },
  {
    head: "release",
    summary: "whose rules it follows; as the running one's if absent",
    positional: [NAME],
    once: true,
  },
  {
    head: "extent",
    summary: "where it ends and where its top page table is; from its program headers if absent",
    labels: [
      { name: "end", type: "address", required: true },
      { name: "page_tables", type: "address" },
    ],
    once: true,
  },
];

const KEXEC: ClauseShape = {
  head: "kexec",
  summary: "the running kernel replaces itself; afterwards the machine is the new one",
  positional: [{ name: "image", type: "image", required: true }],
  labels: [
    {
      name: "until",
      type: "word",
      choices: ["final", "do_kexec"],
      summary:
        "stops where the final stage would begin, or one call earlier: `final_stage` goes on",
    },
    {
      name: "file",
      type: "word",
      choices: ["heap", "apart"],
      summary: "where the caller has the ELF file: in pages of the heap, or in memory of its own",
    },
    {
      name: "at",
      type: "address",
      summary:
        "the caller has the file at this physical address, in pages as the kernel maps memory",
    },
  ],
  clauses: [
    {
      head: "cmdline",
      summary: "the new kernel's command line",
      positional: [{ name: "text", type: "text", required: true }],
      once: true,
    },
    {
      head: "callback",
      summary: "a callback with this name and answer, in place of the release's own",
      positional: [NAME],
      labels: [{ name: "returns", type: "integer", summary: "0 if absent: it agrees" }],
    },
    {
      head: "move_used_pages",
      summary: "nothing is moved out of the way, and this is the answer",
      labels: [{ name: "returns", type: "integer", required: true }],
      once: true,
    },
  ],
};

/** As the language has it, a number that an integer argument holds; negative ones are 64 bits wide. */
function signed(value: unknown): number {
  return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0;
}

function find<C extends ImageClause>(
  clauses: readonly C[] | undefined,
  head: string,
): C | undefined {
  return clauses?.find((clause) => clause.head === head);
}

function buildOf(spec: ImageSpec): NextBuild {
  const count = find(spec.clauses, "module_pages")?.args.count;
  const extent = find(spec.clauses, "extent")?.args;
  const number = (value: unknown) => typeof value === "bigint" ? Number(value) : undefined;
  const release = find(spec.clauses, "release")?.args.name;
  return {
    image: spec.name,
    modulePages: number(count),
    imageEnd: number(extent?.end),
    pageTableBase: number(extent?.page_tables),
    release: typeof release === "string" ? release : undefined,
  };
}

function fileOfImage(spec: ImageSpec): FileBytes {
  return find(spec.clauses, "elf")?.args.file as FileBytes | undefined ?? describedElf(spec);
}

function* runKexec(run: Run, { args, clauses }: Operation): Decision<string> {
  const spec = args.image as ImageSpec;
  const file = fileOfImage(spec);
  const buffer: KernelBuffer | undefined = typeof args.at === "bigint"
    ? yield* bufferAt(run, file, Number(BigInt.asUintN(47, args.at)))
    : args.file === "apart"
    ? bufferApart(file)
    : yield* bufferInHeap(run, file);
  if (buffer === undefined) {
    return yield* refuse(run, {
      rule: "kexec-no-memory",
      errno: "ENOMEM",
      nature: "resources",
      message: `the heap has no room for a file of ${hex(file.size)}`,
      cite: "minios:kexec.c header",
    });
  }
  const stubs = clauses.filter((c) => c.head === "callback");
  const callbacks: readonly Callback[] = stubs.length > 0
    ? stubs.map((c) => stubCallback(String(c.args.name), signed(c.args.returns)))
    : callbacksOf(run, [NINEPFS_CALLBACK]);
  const move = find(clauses, "move_used_pages");
  const failure = yield* kexec(run, {
    buffer,
    cmdline: String(find(clauses, "cmdline")?.args.text ?? ""),
    next: buildOf(spec),
    callbacks,
    moveAnswer: move === undefined ? undefined : signed(move.args.returns),
    inPlace: args.until === "do_kexec",
  });
  if (failure !== undefined) return yield* failedWith(run, failure);
  if (args.until !== undefined) return "0";
  yield* startNext(run, yield* finalStage(run));
  return "0";
}

/** The caller sees the number; the language knows it by its name, and a hazard told its sign. */
const NAMES: Readonly<Record<number, string>> = {
  5: "EIO",
  8: "ENOEXEC",
  12: "ENOMEM",
  16: "EBUSY",
  22: "EINVAL",
  28: "ENOSPC",
};

const NATURES: Readonly<Record<string, RefusalNature>> = {
  "kexec-no-memory": "resources",
  "kexec-over-module": "placement",
  "kexec-large-page": "placement",
  "kexec-callback": "state",
  "kexec-move": "state",
};

function* failedWith(run: Run, failure: Failure): Decision<string> {
  const { ret, rule, message, remedy } = failure;
  run.note = `kexec() returned ${ret}`;
  return yield* refuse(run, {
    rule,
    errno: NAMES[Math.abs(ret)] ?? String(ret),
    nature: NATURES[rule] ?? "arguments",
    message,
    ...(remedy === undefined ? {} : { remedy }),
    cite: "minios:kexec",
  });
}

/** A kexec whose final stage waits, or has run. */
function* needsFinalStage(run: Run, hasRun: boolean): Decision<string | undefined> {
  const { pagePfn, landed, inPlace, actions } = kexecOf(run.machine);
  // Where it was linked the list can be run whatever became of the call, if it has an end.
  const ready = inPlace ? actions.some(({ kind }) => kind === "CALL") : pagePfn !== undefined;
  const is = ready && landed === hasRun;
  const refusal = yield* check(
    run,
    "no-final-stage",
    "minios:do_kexec",
    is ? undefined : {
      rule: "no-final-stage",
      errno: "EINVAL",
      nature: "state",
      message: `no final stage ${hasRun ? "has run" : "waits"}`,
      remedy: hasRun ? "Write `final_stage` first" : "Write `kexec IMAGE until final` first",
      cite: "minios:do_kexec",
    },
  );
  return refusal === undefined ? undefined : yield* refuse(run, refusal);
}

function* runFinal(run: Run): Decision<string> {
  const refused = yield* needsFinalStage(run, false);
  if (refused !== undefined) return refused;
  const landed = yield* finalStage(run);
  yield* change(run, { landed: true }, "the final stage has run");
  run.note = landingNote(landed);
  return "0";
}

function landingNote({ ebx, edi }: Landed): string {
  return `ebx ${hex(ebx)}, edi ${hex(edi)}`;
}

/** Starts a kernel where the final stage jumped to, with what it was built with. */
function* runNext(run: Run, { args }: Operation): Decision<string> {
  const refused = yield* needsFinalStage(run, true);
  if (refused !== undefined) return refused;
  const { rbx, rdi } = run.machine.processors[0]!.registers;
  if (Object.keys(args).length === 0) {
    yield* startNext(run, { ebx: Number(rbx), edi: Number(rdi) });
    return "0";
  }
  const before = kernelOf(run.machine);
  const number = (value: unknown, otherwise: number) =>
    typeof value === "bigint" ? Number(value) : otherwise;
  const end = number(args.end, before?.imageEnd ?? 0);
  yield* startKernel(run, {
    release: run.machine.system?.version ?? run.features.release,
    modulePages: number(args.pages, before?.modulePages ?? 0),
    imageEnd: end,
    pageTableBase: rootOf(number(args.page_tables, end - TABLE_DISTANCE)),
    startInfo: Number(rbx),
    currentReservation: number(args.reservation, before?.currentReservation ?? 0),
    withAllocator: args.allocator !== "off",
  });
  return "0";
}

const OWNER = { kind: "kernel", label: "pages that the script took" } as const;

function pageOrder(value: unknown): number {
  return typeof value === "bigint" && value >= 0n && value < 64n ? Number(value) : 64;
}

function* takePages(run: Run, { args }: Operation): Decision<string> {
  const pfn = yield* allocPages(run, pageOrder(args.order), OWNER);
  return hex((pfn ?? 0) * PAGE_SIZE);
}

function* givePages(run: Run, { args }: Operation): Decision<string> {
  const pfn = Math.floor(Number(args.at) / PAGE_SIZE);
  const chunk = { pfn, order: pageOrder(args.order) };
  const end = pfn + 2 ** chunk.order;
  const { ram, free } = run.machine;
  const order = (args.at as bigint) + ORDER_OFFSET;
  if (!isReachable(run.machine, order)) {
    return yield* fault(run, "write", order, "head of a freed chunk");
  }
  if (!ram.some((r) => pfn >= r.start && end <= r.end)) {
    return yield* fault(run, "write", args.at as bigint, "head of a freed chunk");
  }
  if ([...free.within(pfn, end)].length > 0) {
    const message = `${hex(args.at as bigint)} is free already: its chunk is entered twice`;
    yield* tell(run, "freed-twice", message, "minios:free_pages");
    return "0";
  }
  yield* freeChunk(run, chunk, "free_pages");
  return "0";
}

function* reserve(run: Run, { args }: Operation): Decision<string> {
  const text = `reserve_memory_below ${hex(args.boundary as bigint)}`;
  yield* milestone(run, text, "minios:reserve_memory_below");
  yield* reserveMemoryBelow(run, Number(args.boundary));
  return "0";
}

function* unreserve(run: Run): Decision<string> {
  yield* unreserveMemoryBelow(run);
  return "0";
}

const ORDER = {
  name: "order",
  type: "integer",
  required: true,
  summary: "2^order pages in a row",
} as const;

export const KEXEC_OPERATIONS: readonly OperationOf[] = [
  { shape: KEXEC, run: runKexec },
  {
    shape: {
      head: "final_stage",
      summary: "executes the list of actions that `kexec … until final` left, up to its CALL",
    },
    run: runFinal,
  },
  {
    shape: {
      head: "start_next",
      summary:
        "starts the kernel where the final stage jumped to; with labels, one that was built so",
      labels: [
        { name: "pages", type: "integer", summary: "CONFIG_KEXEC_MODULE_PAGES" },
        { name: "reservation", type: "integer", summary: "pages that Xen says the domain has" },
        { name: "allocator", type: "word", choices: ["on", "off"] },
        { name: "end", type: "address", summary: "where its image ends" },
        { name: "page_tables", type: "address", summary: "its top page table" },
      ],
    },
    run: runNext,
  },
  {
    shape: { head: "alloc_pages", summary: "takes pages from the page allocator", labels: [ORDER] },
    run: takePages,
  },
  {
    shape: {
      head: "free_pages",
      summary: "gives pages back to the page allocator",
      labels: [{ name: "at", type: "address", required: true }, ORDER],
    },
    run: givePages,
  },
  {
    shape: {
      head: "reserve_memory_below",
      summary: "takes all free memory below an address out of the page allocator",
      positional: [{ name: "boundary", type: "address", required: true }],
    },
    run: reserve,
  },
  {
    shape: {
      head: "unreserve_memory_below",
      summary: "gives the memory back that was taken out",
    },
    run: unreserve,
  },
];
