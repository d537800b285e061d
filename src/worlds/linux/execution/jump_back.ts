/**
 * The way back from a preserving image. Control arrives at the jump-back entry, inside the control
 * page; what is needed is read from there: the identity map, the list, the stack and control
 * registers of the kernel. The pages are swapped once more, so the kernel's come back and the image's,
 * as it left them, wait in the source pages. [linux:relocate_kernel]
 */
import { type Decision, pagingLevels, readWord } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { emit, milestone, type Run } from "../steps.ts";
import {
  AddressSpace,
  type Arrival,
  changeCpu,
  copyLoop,
  type Ending,
  hang,
  pageFault,
  raise,
  type Returned,
} from "../../../execution/mod.ts";
import { codePage, keptWord } from "./control_page.ts";
import { executionRules, type JumpSemantics } from "./rules.ts";

const CITE = "linux:relocate_kernel";

export interface BackOptions {
  readonly semantics: JumpSemantics;
  /** Whether descriptor tables were made void on the way there. */
  readonly replacedTables: boolean;
}

export function* jumpBack(
  run: Run,
  arrival: Arrival,
  returned: Returned,
  options: BackOptions,
): Decision<Ending> {
  const { image, cpu, departed } = arrival;
  const rules = executionRules(run.features.version);
  const landing = yield* popReturn(run, arrival, returned);
  if (landing === "gone" || landing === "returned") return landing;
  const { reentry } = landing;

  const table = keptWord(run.machine, image, "table");
  const space = new AddressSpace(() => run.machine, table, pagingLevels(departed));
  const fetch = space.translateWide(BigInt(codePage(image) + rules.jumpBackOffset), "execute");
  if (typeof fetch !== "number") {
    return yield* raise(
      run,
      pageFault(run.machine, cpu, fetch, "relocation code, on the way back"),
    );
  }
  yield* changeCpu(
    run,
    cpu,
    { cr3: table, rip: BigInt(codePage(image) + rules.jumpBackOffset) },
    "back in the control page, CR3 leads to the identity map",
  );
  const head = keptWord(run.machine, image, "list");
  const copied = yield* copyLoop(run, { image, cpu, head, how: "swap", space });
  if (copied.kind === "fault") return yield* raise(run, copied.fault);
  if (copied.kind === "endless") return yield* hang(run, "list-without-end", copied.message, CITE);

  for (const name of ["rsp", "cr0", "cr3", "cr4"] as const) {
    const kept = keptWord(run.machine, image, name);
    const wanted = name === "rsp" ? departed.registers.rsp : departed[name];
    if (kept === wanted) continue;
    const content = run.machine.contents.get(codePage(image) / PAGE_SIZE);
    return yield* raise(run, {
      cpu,
      exception: "general protection",
      access: "read",
      vaddr: BigInt(codePage(image)),
      doing: "restoring the kernel's registers",
      why: `the word kept for ${name} is ${hex(kept)} and was ${hex(wanted)}` +
        (content === undefined ? "" : `; step ${content.writer} wrote ${content.what}`),
    });
  }
  // Whoever was to be restored in the proposal of 2007 was, whatever mainline did in that version.
  const restoresGdt = rules.restoresGdt || options.semantics === "proposal_2007";
  if (options.replacedTables && !restoresGdt && !returned.loadedGdt) {
    return yield* raise(run, {
      cpu,
      exception: "general protection",
      access: "read",
      vaddr: 0n,
      doing: "loading the kernel's segment selectors",
      why:
        `the GDT is void, and Linux ${run.features.version.text} does not load its own before: ` +
        "the image has to load one with the kernel's selectors before it returns",
    });
  }
  if (!options.replacedTables && returned.loadedGdt) yield* tellBroken(run, arrival);
  const { departed: _, ...state } = departed;
  yield* changeCpu(run, cpu, {
    ...state,
    registers: { ...state.registers, rax: reentry },
    departed,
  }, "registers and tables of the kernel restored");
  if (options.semantics === "mainline") yield* rewriteStart(run, arrival, reentry, returned);
  return "returned";
}

/** Without `cpu_ext` nothing of it is restored: the image had promised not to touch it. */
function* tellBroken(run: Run, { image }: Arrival): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "promise-broken",
      message:
        `image ${image.name} was loaded without \`cpu_ext\` and loaded a GDT all the same: ` +
        "the kernel goes on with that one",
      key: `promise-broken:${image.name}`,
      cite: "thread:kexec jump, December 2007",
    },
  });
}

interface Landing {
  readonly reentry: bigint;
}

/**
 * The return itself, and the word on top of the stack behind it: the entry point of the next jump.
 * Without a word that the caller pushed or the image left, that is the first word of whatever page
 * lies behind the swap page.
 */
function* popReturn(run: Run, arrival: Arrival, returned: Returned): Decision<Landing | Ending> {
  const { cpu, space } = arrival;
  const rsp = run.machine.processors[cpu]!.registers.rsp;
  if (returned.jumped !== true) {
    const stray = yield* popAddress(run, arrival, rsp);
    if (stray !== undefined) return stray;
  }
  let top = returned.jumped === true ? rsp : rsp + 8n;
  if (returned.leaving !== undefined) {
    // The image pushes the word after it took its return address.
    top -= 8n;
    const slot = space.translateWide(top, "write");
    if (typeof slot !== "number") {
      return yield* raise(run, pageFault(run.machine, cpu, slot, "word left on the stack"));
    }
    const bytes = new Uint8Array(new BigUint64Array([returned.leaving]).buffer);
    yield* emit(run, {
      kind: "bytes-stored",
      cpu,
      at: slot,
      bytes,
      what: "entry point left on the stack for the next jump",
    });
  }
  const word = space.translateWide(top, "read");
  if (typeof word !== "number") {
    return yield* raise(
      run,
      pageFault(run.machine, cpu, word, "word on top of the stack after the return"),
    );
  }
  return { reentry: readWord(run.machine, word) };
}

/** The return address; how it ends where that is not the jump-back entry. */
function* popAddress(
  run: Run,
  arrival: Arrival,
  rsp: bigint,
): Decision<Ending | undefined> {
  const { cpu, space, image } = arrival;
  const at = space.translateWide(rsp, "read");
  if (typeof at !== "number") {
    return yield* raise(
      run,
      pageFault(run.machine, cpu, at, "return of the image, its stack"),
    );
  }
  const target = readWord(run.machine, at);
  if (target !== arrival.jumpBack) {
    const found = space.translateWide(target, "execute");
    if (typeof found !== "number") {
      return yield* raise(
        run,
        pageFault(run.machine, cpu, found, `return of the image to ${hex(target)}`),
      );
    }
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "return-to-nowhere",
        message: `image ${image.name} returned to ${hex(target)}, which nobody meant to be run`,
        key: `return-to-nowhere:${image.name}`,
        cite: CITE,
      },
    });
    yield* milestone(run, `code at ${hex(target)} has control`, "kx:programs");
    return "gone";
  }
  return undefined;
}

/** image->start becomes what the stack held. [linux:machine_kexec] */
function* rewriteStart(
  run: Run,
  { image }: Arrival,
  reentry: bigint,
  { jumped }: Returned,
): Decision<void> {
  yield* emit(run, { kind: "image-changed", id: image.id, changes: { entryPoint: reentry } });
  // A crash image is started once: what comes back into the panic starts nothing again.
  if (image.slot === "crash") return;
  if (
    reentry === image.entryPoint ||
    image.segments.some((s) => reentry >= BigInt(s.dest) && reentry < BigInt(s.dest + s.destSize))
  ) return;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "next-entry-garbage",
      message:
        `the next jump would enter image ${image.name} at ${
          hex(reentry)
        }, the word that lay on top of the stack: ` +
        (jumped === true
          ? "whoever jumped back pushed no address of its own"
          : "a plain return leaves the caller's own word there only since 6.14"),
      key: `next-entry-garbage:${image.name}`,
      cite: "linux:machine_kexec",
    },
  });
}
