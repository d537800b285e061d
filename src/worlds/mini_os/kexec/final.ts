/**
 * The final stage: it goes through the list of actions in its page and ends with the first CALL. From
 * its first instruction on nothing can be refused; what it reads is what is in memory by then, its own
 * page and the page tables included. [minios:kexec_final]
 */
import {
  type Cpu,
  type Decision,
  type Fault,
  type Machine,
  readMemory,
  type SegmentRegister,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { AddressSpace, pageFault } from "../../../execution/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { kernelOf } from "../state.ts";
import { Died, emit, fault, hang, isReachable, milestone, type Run, tell } from "../steps.ts";
import { Copier, type Death, type Place, type Translate } from "./copier.ts";
import {
  ACTION_SIZE,
  actionOffset,
  finalCode,
  finalPage,
  type RawAction,
  readAction,
  STACK_TOP,
} from "./final_page.ts";
import { type KernelBuffer, kexecOf } from "./state.ts";

const CITE = "minios:kexec_final";

/** Numbers that mean no action, read in a row, until kx says that the loop has no end. */
const MOST_ACTIONS = 1 << 14;

/** The processor at the entry point of the next kernel. Addresses have 32 bits. */
export interface Landed {
  /** Physical address of the start info. */
  readonly ebx: number;
  /** The entry point. */
  readonly edi: number;
}

export function* finalStage(run: Run): Decision<Landed> {
  const { pagePfn, buffer, actions, inPlace } = kexecOf(run.machine);
  const page = (pagePfn ?? 0) * PAGE_SIZE;
  const linked = inPlace ? finalPage(actions, buffer!.vaddr) : undefined;
  const copier = new Copier(run, translator(run), buffer!);
  const untouched = finalCode();
  let looked: Machine | undefined;
  for (let index = 0; index < MOST_ACTIONS; index++) {
    if (linked === undefined && run.machine !== looked) {
      yield* ownCode(run, page, untouched);
      looked = run.machine;
    }
    const offset = actionOffset(index);
    const action = readAction(
      linked?.slice(offset, offset + ACTION_SIZE) ??
        readMemory(run.machine, page + offset, ACTION_SIZE),
    );
    const what = `action ${index}: ${actions[index]?.what ?? "beyond the list"}`;
    switch (action.kind) {
      case "COPY":
        yield* copier.copy(action.dest, action.src, action.length, what);
        break;
      case "ZERO":
        yield* copier.zero(action.dest, action.length, what);
        break;
      case "CALL":
        if (page >= 2 ** 32 && linked === undefined) yield* farReturnAbove4G(run, page);
        return yield* leave(run, action, page, index);
    }
  }
  return yield* hang(run, "the list of actions has no CALL");
}

/** The code goes on from its own page: what overwrites it ends everything. */
function* ownCode(run: Run, page: number, untouched: Uint8Array): Decision<void> {
  const now = readMemory(run.machine, page, untouched.length);
  const at = now.findIndex((byte, i) => byte !== untouched[i]);
  if (at === -1) return;
  const writer = run.machine.contents.get(page / PAGE_SIZE);
  const why = `the final stage's own code was overwritten${
    writer === undefined ? "" : ` by ${writer.what}`
  }`;
  yield* diesOf(run, {
    cpu: 0,
    exception: "invalid opcode",
    access: "execute",
    vaddr: BigInt(page + at),
    doing: DOING,
    why,
  });
}

/** Through the page tables in force; without them where nothing was moved out of the way. */
function translator(run: Run): Translate {
  const { unmoved, buffer } = kexecOf(run.machine);
  if (unmoved) return (vaddr, access) => untranslated(run, buffer!, vaddr, access);
  const root = kernelOf(run.machine)?.pageTableBase ?? 0;
  const space = new AddressSpace(() => run.machine, BigInt(root), 4);
  return (vaddr, access): Place | Death => {
    const found = vaddr < 1n << 52n
      ? space.translate(Number(vaddr), access)
      : space.translateWide(vaddr, access);
    if (typeof found !== "number") {
      return () => diesOf(run, pageFault(run.machine, 0, found, DOING));
    }
    // The first page is mapped again by now.
    const there = found < PAGE_SIZE || isReachable(run.machine, BigInt(found));
    return there || access === "read" ? found : () => fault(run, access, vaddr, DOING);
  };
}

const DOING = "final stage of kexec";

function* diesOf(run: Run, trouble: Fault): Decision<never> {
  yield* emit(run, { kind: "faulted", fault: trouble });
  const why = `${trouble.access} of ${hex(trouble.vaddr)}: ${trouble.doing}, ${trouble.why}`;
  yield* emit(run, { kind: "power-changed", power: "halted", why });
  throw new Died("FAULT", why);
}

function untranslated(
  run: Run,
  buffer: KernelBuffer,
  vaddr: bigint,
  access: "read" | "write",
): Place | Death {
  const offset = vaddr - buffer.vaddr;
  if (access === "read" && offset >= 0n && offset < BigInt(buffer.file.size)) {
    return { offset: Number(offset) };
  }
  if (isReachable(run.machine, vaddr)) return Number(vaddr);
  return () => fault(run, access, vaddr, DOING);
}

const low32 = (value: bigint): number => Number(BigInt.asUintN(32, value));

/** 32-bit protected mode, flat, without paging and interrupts. [minios:do_kexec] */
function* leave(
  run: Run,
  { dest, src }: RawAction,
  page: number,
  index: number,
): Decision<Landed> {
  const ebx = low32(src);
  const edi = low32(dest);
  if (dest >= 1n << 32n) {
    const message = `the entry point ${hex(dest)} is cut to 32 bits: ${hex(edi)} is called`;
    yield* tell(run, "entry-cut", message, CITE);
  }
  const { actions } = kexecOf(run.machine);
  if (index < actions.length - 1) {
    const message = `action ${index} is a CALL, ${
      actions.length - 1 - index
    } actions behind it are never run`;
    yield* tell(run, "old-call-first", message, CITE);
  }
  const cpu = run.machine.processors[0]!;
  yield* emit(run, {
    kind: "cpu-changed",
    cpus: [0, 1],
    changes: {
      ...flat(cpu),
      cr0: 1n,
      cr4: 0n,
      rflags: 2n,
      rip: BigInt(edi),
      special: { ...cpu.special, efer: cpu.special.efer & ~0x100n },
      registers: {
        ...cpu.registers,
        rbx: BigInt(ebx),
        rdi: BigInt(edi),
        rsp: BigInt(page + STACK_TOP),
      },
    },
    what: `paging off, at ${hex(edi)} with ebx ${hex(ebx)}`,
  });
  yield* milestone(run, `jump to ${hex(edi)}, start info at ${hex(ebx)}`, CITE);
  return { ebx, edi };
}

/** The far return into 32-bit code takes the lower half of where that code lies. [minios:do_kexec] */
function* farReturnAbove4G(run: Run, page: number): Decision<never> {
  const vaddr = BigInt(low32(BigInt(page)));
  return yield* diesOf(run, {
    cpu: 0,
    exception: isReachable(run.machine, vaddr) ? "invalid opcode" : "page fault",
    access: "execute",
    vaddr,
    doing: "switch to 32 bits",
    why: `the code of the final stage is at ${hex(page)}`,
  });
}

/** CS is the 32-bit code descriptor, DS, ES and SS the data one; FS and GS stay. */
function flat(cpu: Cpu): Pick<Cpu, "segments"> {
  const segment = (selector: number, kind: SegmentRegister["kind"]): SegmentRegister => ({
    selector,
    base: 0n,
    limit: 0xffff_ffffn,
    kind,
  });
  const data = segment(0x18, "data");
  const cs = segment(0x10, "code32");
  return { segments: { ...cpu.segments, cs, ds: data, es: data, ss: data } };
}
