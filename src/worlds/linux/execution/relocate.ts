/**
 * From the last C function of the old kernel to the first instruction of the image:
 *
 * 1. the data segments are loaded flat, the descriptor tables made void;
 * 2. the code is in its control page, what the way back needs behind it;
 * 3. CR3 is switched to the identity map: from here on every access goes through its tables;
 * 4. the stack is the control page's, execution goes on at its physical address;
 * 5. CR0 and CR4 are cut down to what every kernel expects;
 * 6. the copy loop (copy_loop.ts), after which CR3 is loaded anew;
 * 7. the image starts: with all registers zero, or called if it may come back.
 *
 * Nothing is allocated and nothing can be refused; what fails here is a fault or a hang.
 * [linux:machine_kexec] [linux:relocate_kernel] [linux:identity_mapped]
 */
import {
  type Cpu,
  type Decision,
  type Image,
  type Machine,
  pagingLevels,
  zeroRegisters,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { DIRECT_MAP } from "../prepare.ts";
import { IDT_SIZE, TABLE_OFFSET } from "../relocation_code.ts";
import { emit, type Run } from "../steps.ts";
import {
  AddressSpace,
  type Arrival,
  changeCpu,
  copyLoop,
  hang,
  pageFault,
  raise,
} from "../../../execution/mod.ts";
import { codePage, copyCode, keepWords, keptWord, spoiledCode, swapPage } from "./control_page.ts";
import {
  callRegisters,
  flatSegments,
  relocationCr0,
  relocationCr4,
  VOID_TABLE,
} from "./cpu_state.ts";
import { executionRules } from "./rules.ts";

export type Arrived = Arrival | "gone";

export interface Jump {
  readonly image: Image;
  readonly cpu: number;
  readonly entry: bigint;
  /** Whether descriptor tables and segments are replaced: always in mainline. */
  readonly replacesTables: boolean;
  /** Arguments in registers, as the proposal of 2007 passes them. */
  readonly args: readonly bigint[];
  readonly calling: Arrival["calling"];
}

export function* relocate(run: Run, jump: Jump): Decision<Arrived> {
  const { image, cpu } = jump;
  const departed = run.machine.processors[cpu]!;
  const rules = executionRules(run.features.version);
  const page = codePage(image);
  yield* copyCode(run, image, cpu);
  if (jump.replacesTables) {
    yield* changeCpu(
      run,
      cpu,
      {
        segments: flatSegments(departed),
        ...(rules.privateGdt ? {} : { gdtr: VOID_TABLE, idtr: VOID_TABLE }),
      },
      rules.privateGdt
        ? "data segments loaded flat"
        : "data segments loaded flat, GDT and IDT void",
    );
  }
  // Whoever overwrote the code since it was copied; in a moment somebody else writes the same page.
  const spoiler = spoiledCode(run.machine, image) === undefined
    ? undefined
    : run.machine.contents.get(page / PAGE_SIZE);
  yield* keepWords(run, image, cpu, departed);

  const table = keptWord(run.machine, image, "table");
  let space = new AddressSpace(() => run.machine, table, pagingLevels(departed));
  yield* changeCpu(run, cpu, {
    cr3: table,
    rflags: 2n,
    registers: { ...departed.registers, rsp: BigInt(page + PAGE_SIZE) },
  }, "CR3 leads to the identity map");
  const lost = goOn(run.machine, space, jump, codeVaddr(run, image, departed)) ??
    goOn(run.machine, space, jump, BigInt(page));
  if (lost !== undefined) return yield* faulted(run, lost);
  const stackMiss = space.translate(page + PAGE_SIZE - 8, "write");
  if (typeof stackMiss !== "number") {
    return yield* faulted(
      run,
      pageFault(run.machine, cpu, stackMiss, "stack of the relocation code"),
    );
  }
  const spoiled = spoiledCode(run.machine, image);
  if (spoiled !== undefined) {
    const content = spoiler ?? run.machine.contents.get(page / PAGE_SIZE);
    return yield* faulted(run, {
      cpu,
      exception: "invalid opcode",
      access: "execute",
      vaddr: BigInt(page + spoiled),
      doing: "relocation code",
      why:
        `the relocation code is not what was put there, from its byte 0x${
          spoiled.toString(16)
        } on` +
        (content === undefined ? "" : `; step ${content.writer} wrote ${content.what}`),
    });
  }
  yield* changeCpu(run, cpu, {
    cr0: relocationCr0(departed),
    cr4: relocationCr4(departed),
    ...(rules.privateGdt && jump.replacesTables
      ? {
        gdtr: { base: BigInt(page + TABLE_OFFSET.gdt), limit: 0x1f },
        idtr: run.features.debugIdt
          ? { base: BigInt(page + TABLE_OFFSET.idt), limit: IDT_SIZE - 1 }
          : VOID_TABLE,
      }
      : {}),
  }, "CR0 and CR4 cut down");

  const how = rules.swapsAlways || image.preserveContext ? "swap" : "copy";
  const copied = yield* copyLoop(run, { image, cpu, head: image.head, how, space });
  if (copied.kind === "fault") return yield* faulted(run, copied.fault);
  if (copied.kind === "endless") {
    yield* hang(run, "list-without-end", copied.message, "linux:swap_pages");
    return "gone";
  }
  space = new AddressSpace(() => run.machine, table, pagingLevels(departed));
  const after = goOn(run.machine, space, jump, BigInt(page));
  if (after !== undefined) return yield* faulted(run, after);

  const swap = swapPage(image);
  const top = image.preserveContext ? swap + BigInt(PAGE_SIZE) : BigInt(page + PAGE_SIZE);
  const jumpBack = BigInt(page + rules.jumpBackOffset);
  const afterCopy = BigInt(page + rules.afterCopyOffset);
  const words = image.preserveContext
    ? rules.pushesEntry ? [jumpBack, jump.entry] : [jumpBack]
    : rules.zeroOnStack
    ? [afterCopy, jump.entry, 0n]
    : [afterCopy, jump.entry];
  const pushed = yield* push(
    run,
    space,
    cpu,
    top,
    words,
    image.preserveContext ? "stack of the image" : "stack of the relocation code",
  );
  if (pushed !== undefined) return yield* faulted(run, pushed);
  const rsp = image.preserveContext
    ? top - BigInt(8 * words.length)
    : rules.zeroOnStack
    ? top - 8n
    : top;
  const registers = image.preserveContext
    ? withArguments(
      callRegisters(departed, {
        root: table,
        listEnd: copied.listEnd,
        lastWord: copied.lastWord,
        entry: jump.entry,
        sourceEnd: copied.sourceEnd,
        destinationEnd: copied.destinationEnd,
        stack: rsp,
        codePage: BigInt(page),
        swapPage: swap,
        savedCr4: rules.cutsSavedCr4 ? relocationCr4(departed) : departed.cr4,
      }),
      jump.args,
    )
    : { ...zeroRegisters(), rsp };
  const entered = goOn(
    run.machine,
    space,
    jump,
    jump.entry,
    `first instruction of image ${image.name}`,
  );
  if (entered !== undefined) return yield* faulted(run, entered);
  yield* changeCpu(run, cpu, {
    registers,
    rip: jump.entry,
    // The last instruction before cleared a register, or did not.
    rflags: image.preserveContext ? 2n : 0x46n,
    ...(jump.replacesTables ? { fpu: "unspecified" as const } : { segments: departed.segments }),
    departed,
  }, `at the entry point of image ${image.name}`);
  return {
    image,
    cpu,
    departed,
    space,
    jumpBack: image.preserveContext ? jumpBack : undefined,
    calling: jump.calling,
  };
}

const ARGUMENT_REGISTERS = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const;

/** As C passes them to a function. */
function withArguments(registers: Cpu["registers"], args: readonly bigint[]): Cpu["registers"] {
  const passed = ARGUMENT_REGISTERS.slice(0, args.length).map((name, i) => [name, args[i]!]);
  return { ...registers, ...Object.fromEntries(passed) };
}

/** Where the kernel runs the code before it goes on at the physical address. */
function codeVaddr(run: Run, image: Image, cpu: Cpu): bigint {
  if (!run.features.codeCopiedAtLoad) return run.features.relocateKernelVaddr;
  return DIRECT_MAP[pagingLevels(cpu) === 5 ? 1 : 0] + BigInt(codePage(image));
}

/** The fault of an instruction fetch; undefined if it goes well. */
function goOn(
  machine: Machine,
  space: AddressSpace,
  jump: Jump,
  vaddr: bigint,
  doing = "relocation code",
) {
  const found = space.translateWide(vaddr, "execute");
  return typeof found === "number" ? undefined : pageFault(machine, jump.cpu, found, doing);
}

function* faulted(run: Run, fault: Parameters<typeof raise>[1]): Decision<"gone"> {
  yield* raise(run, fault);
  return "gone";
}

/** Stores words below `top`, the last one of the list at the highest address. */
function* push(
  run: Run,
  space: AddressSpace,
  cpu: number,
  top: bigint,
  words: readonly bigint[],
  what: string,
) {
  const vaddr = Number(top) - 8 * words.length;
  const at = space.translate(vaddr, "write");
  if (typeof at !== "number") return pageFault(run.machine, cpu, at, what);
  const bytes = new Uint8Array(new BigUint64Array(words).buffer);
  yield* emit(run, { kind: "bytes-stored", cpu, at, bytes, what });
  return undefined;
}
