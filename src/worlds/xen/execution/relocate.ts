/**
 * From the last C function of Xen to the first instruction of the image:
 *
 * 1. the stack is the control page's, CR3 leads to the image's own tables: from here on every access
 *    goes through them; since 4.22 the IDT is void and CR4 cut down before that, else CR4 after it;
 * 2. the next instruction is found at Xen's own virtual address of the code, which those tables map
 *    to the control page, and jumps to the page's physical address;
 * 3. CR0 is cut down, and the copy loop follows the list that is in memory now;
 * 4. a 64-bit image is called, since 4.22 jumped to; a 32-bit one gets flat segments of the page's
 *    own table, paging and long mode are switched off, and 32 bits of its entry point are used.
 *
 * Nothing is allocated and nothing can be refused; what fails here is a fault or a hang.
 * [xen:machine_kexec] [xen:kexec_reloc]
 */
import {
  type Cpu,
  type Decision,
  type Fault,
  type Image,
  type Machine,
  readWord,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import {
  AddressSpace,
  type Arrival,
  changeCpu,
  copyLoop,
  hang,
  pageFault,
  tripleFault,
} from "../../../execution/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { emit, type Run } from "../steps.ts";
import {
  AFTER_CALL_32,
  AFTER_CALL_64,
  AFTER_LOOP,
  codePage,
  COMPATIBILITY,
  GDT,
  spoiledCode,
  STACK_BASE,
} from "./code_page.ts";
import { flatProtectedMode, RELOCATION_CR4, relocationCr0, VOID_TABLE } from "./cpu_state.ts";

export type Arrived = Arrival | "gone";

/** ELF machine of 32-bit x86. */
export const EM_386 = 3;
/** `flags` of the relocation code: the image is a 32-bit one. */
const COMPAT = 1n;
const FOUR_GIB = 2n ** 32n;
const DOING = "relocation code";

interface Jump {
  readonly run: Run;
  readonly image: Image;
  readonly cpu: number;
  readonly page: number;
  readonly space: AddressSpace;
}

export function* relocate(run: Run, image: Image, cpu: number): Decision<Arrived> {
  const departed = run.machine.processors[cpu]!;
  const { emptyIdt, relocVaddr } = run.features;
  const page = codePage(image);
  const root = BigInt((image.pageTableRoot ?? 0) * PAGE_SIZE);
  const is32 = image.elfMachine === EM_386;
  if (emptyIdt) {
    const early = { idtr: VOID_TABLE, cr4: RELOCATION_CR4 };
    yield* changeCpu(run, cpu, early, "IDT void, CR4 cut down");
  }
  yield* changeCpu(run, cpu, {
    cr3: root,
    rflags: 2n,
    registers: {
      ...departed.registers,
      rdi: BigInt(page),
      rsi: root,
      rdx: image.head,
      rcx: image.entryPoint,
      rbp: image.entryPoint,
      r8: is32 ? COMPAT : 0n,
      r9: image.entryPoint,
      rsp: BigInt(page + STACK_BASE),
    },
  }, "CR3 leads to the image's tables, the stack is the control page's");
  const space = new AddressSpace(() => run.machine, root, 4);
  const jump: Jump = { run, image, cpu, page, space };
  const astray = goOn(jump, relocVaddr, "behind the load of CR3") ??
    goOn(jump, BigInt(page), DOING) ?? spoiled(jump, relocVaddr);
  if (astray !== undefined) return yield* faulted(run, astray);
  yield* changeCpu(run, cpu, {
    cr0: relocationCr0(departed),
    ...(emptyIdt ? {} : { cr4: RELOCATION_CR4 }),
  }, emptyIdt ? "CR0 cut down" : "CR0 and CR4 cut down");

  // The call of the loop, and the register that it saves.
  const words = [departed.registers.rbx, BigInt(page + AFTER_LOOP)];
  const lost = yield* push(jump, words, "stack of the relocation code");
  if (lost !== undefined) return yield* faulted(run, lost);
  const { head } = image;
  const copied = yield* copyLoop(run, { image, cpu, head, how: "copy", space, dialect: "xen" });
  if (copied.kind === "fault") return yield* faulted(run, copied.fault);
  if (copied.kind === "endless") {
    yield* hang(run, "list-without-end", copied.message, run.cites.loop);
    return "gone";
  }
  const state = run.machine.processors[cpu]!;
  const registers: Cpu["registers"] = {
    ...state.registers,
    rax: copied.cleared ? 0n : emptyIdt ? state.cr0 : state.cr4,
    rcx: copied.lastWord,
    rsi: copied.sourceEnd,
    rdi: copied.destinationEnd,
  };
  const how = { jump, departed, registers };
  return is32 ? yield* enter32(how) : yield* enter64(how);
}

interface Entering {
  readonly jump: Jump;
  readonly departed: Cpu;
  readonly registers: Cpu["registers"];
}

function* enter64({ jump, departed, registers }: Entering): Decision<Arrived> {
  const { run, image, cpu, page, space } = jump;
  const called = !run.features.emptyIdt;
  const entry = image.entryPoint;
  if (called) {
    const words = [BigInt(page + AFTER_CALL_64)];
    const lost = yield* push(jump, words, "return address of the call of the image");
    if (lost !== undefined) return yield* faulted(run, lost);
  }
  const miss = space.translateWide(entry, "execute");
  if (typeof miss !== "number") {
    const doing = `first instruction of image ${image.name}`;
    return yield* faulted(run, pageFault(run.machine, cpu, miss, doing));
  }
  yield* changeCpu(run, cpu, {
    registers: { ...registers, rsp: BigInt(page + STACK_BASE - (called ? 8 : 0)) },
    rip: entry,
    rflags: 0x46n,
    fpu: "unspecified",
    departed,
  }, `at the entry point of image ${image.name}`);
  return { image, cpu, departed, space, jumpBack: undefined, calling: "registers" };
}

function* enter32({ jump, departed, registers }: Entering): Decision<Arrived> {
  const { run, image, cpu, page } = jump;
  const { emptyIdt } = run.features;
  const gdt = { base: BigInt(page + GDT.offset), limit: GDT.limit };
  yield* changeCpu(run, cpu, {
    gdtr: gdt,
    idtr: VOID_TABLE,
  }, "the page's own GDT and an IDT of nothing");
  const broken = badDescriptor(jump) ?? goOn(
    jump,
    BigInt(page + COMPATIBILITY) % FOUR_GIB,
    "far jump into the 32-bit segment, with 32 bits of the page's address",
  );
  if (broken !== undefined) return yield* faulted(run, broken);
  if (BigInt(page) >= FOUR_GIB) {
    return yield* faulted(run, {
      cpu,
      exception: "invalid opcode",
      access: "execute",
      vaddr: BigInt(page + COMPATIBILITY) % FOUR_GIB,
      doing: "far jump into the 32-bit segment",
      why: `the control page ${hex(page)} lies above 4 GiB: other code is at its lower 32 bits`,
    });
  }
  const entry = image.entryPoint % FOUR_GIB;
  if (entry !== image.entryPoint) yield* tellTruncated(run, image);
  const flat = flatProtectedMode(run.machine.processors[cpu]!);
  const called = !emptyIdt;
  if (called) {
    const bytes = new Uint8Array(Uint32Array.of(page + AFTER_CALL_32).buffer);
    const at = page + STACK_BASE - 4;
    const what = "return address of the call of the image";
    yield* emit(run, { kind: "bytes-stored", cpu, at, bytes, what });
  }
  yield* changeCpu(run, cpu, {
    ...flat,
    registers: {
      ...narrowed(registers),
      rax: 0n,
      rcx: 0xc000_0080n,
      rdx: 0n,
      rbp: entry,
      rsp: BigInt(page + STACK_BASE - (called ? 4 : 0)),
    },
    rip: entry,
    rflags: 0x46n,
    fpu: "unspecified",
    departed,
  }, `paging and long mode off, at the entry point of image ${image.name}`);
  return {
    image,
    cpu,
    departed,
    space: AddressSpace.unpaged(() => run.machine),
    jumpBack: undefined,
    calling: "registers",
  };
}

/** 32 bits of each, as such code sees them. */
function narrowed(registers: Cpu["registers"]): Cpu["registers"] {
  return Object.fromEntries(
    Object.entries(registers).map(([name, value]) => [name, value % FOUR_GIB]),
  ) as Cpu["registers"];
}

function* tellTruncated(run: Run, image: Image): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "entry-truncated",
      message: `image ${image.name} starts at ${
        hex(image.entryPoint % FOUR_GIB)
      }: a 32-bit image has 32 bits of its entry point ${hex(image.entryPoint)}`,
      key: `entry-truncated:${image.id}`,
      cite: run.cites.loop,
    },
  });
}

/** The far jump loads selector 0x10, what follows selector 8, from the table that is in memory now. */
function badDescriptor({ run, cpu, page, space }: Jump): Fault | undefined {
  for (const [index, executable] of [[2, true], [1, false]] as const) {
    const vaddr = page + GDT.offset + 8 * index;
    const at = space.translate(vaddr, "read");
    if (typeof at !== "number") return pageFault(run.machine, cpu, at, "load of a segment");
    const access = (readWord(run.machine, at) >> 40n) & 0xffn;
    const isCode = (access & 0x98n) === 0x98n;
    const isData = (access & 0x98n) === 0x90n && (access & 2n) !== 0n;
    if (executable ? isCode : isData) continue;
    return {
      cpu,
      exception: "general protection",
      access: "read",
      vaddr: BigInt(vaddr),
      doing: "load of a segment",
      why: `the descriptor for selector ${hex(8 * index)} holds ${hex(readWord(run.machine, at))}${
        writer(run.machine, at)
      }`,
    };
  }
  return undefined;
}

/** The fault of an instruction fetch; undefined if it goes well. */
function goOn({ run, cpu, space }: Jump, vaddr: bigint, doing: string): Fault | undefined {
  const found = space.translateWide(vaddr, "execute");
  return typeof found === "number" ? undefined : pageFault(run.machine, cpu, found, doing);
}

/** Whether what both addresses lead to is the code that the load put there. */
function spoiled({ run, cpu, page, space }: Jump, vaddr: bigint): Fault | undefined {
  for (const address of [vaddr, BigInt(page)]) {
    const at = space.translateWide(address, "execute") as number;
    const offset = spoiledCode(run.machine, at);
    if (offset === undefined) continue;
    return {
      cpu,
      exception: "invalid opcode",
      access: "execute",
      vaddr: address + BigInt(offset),
      doing: DOING,
      why: `the relocation code is not what was put there, from its byte ${hex(offset)} on${
        writer(run.machine, at)
      }`,
    };
  }
  return undefined;
}

function writer(machine: Machine, at: number): string {
  const content = machine.contents.get(Math.floor(at / PAGE_SIZE));
  return content === undefined ? "" : `; step ${content.writer} wrote ${content.what}`;
}

/** Stores words below the stack's base, the last one of the list at the highest address. */
function* push(
  { run, cpu, page, space }: Jump,
  words: readonly bigint[],
  what: string,
): Decision<Fault | undefined> {
  const at = space.translate(page + STACK_BASE - 8 * words.length, "write");
  if (typeof at !== "number") return pageFault(run.machine, cpu, at, what);
  const bytes = new Uint8Array(BigUint64Array.from(words).buffer);
  yield* emit(run, { kind: "bytes-stored", cpu, at, bytes, what });
  return undefined;
}

function* faulted(run: Run, fault: Fault): Decision<"gone"> {
  yield* tripleFault(run, fault);
  return "gone";
}
