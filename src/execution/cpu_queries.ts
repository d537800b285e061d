/** What a script can ask about processors, faults and page walks, whichever system is left. */
import {
  type Answer,
  type Cpu,
  describeFault,
  imageIn,
  type Machine,
  pagingLevels,
  type Param,
  type QueryShape,
  SEGMENT_REGISTERS,
  type SegmentName,
  type Slot,
  walk,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { answer, hex } from "../routine/mod.ts";

const { NOTHING, integer, hex: hexNumber } = answer;
const SLOT: Param = { name: "slot", type: "word", choices: ["default", "crash"] };
const CPU: Param = { name: "cpu", type: "integer" };
const NAME: Param = { name: "name", type: "name" };

export const CPU_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["register", NAME],
    summary: "a register of the processor that runs: `rsp`, `cs`, `cr3`, `efer`, `gdt_limit`, …",
    answer: (machine, args) => register(runningCpu(machine), String(args.name)),
  },
  {
    pattern: ["register", NAME, "of", "cpu", CPU],
    summary: "a register of one processor",
    answer: (machine, args) =>
      register(machine.processors[Number(args.cpu as bigint)], String(args.name)),
  },
  {
    pattern: ["cpu", CPU, "state"],
    summary: "`running`, `stopped`, `offline` or `waiting`",
    answer: (machine, args) => word(machine.processors[Number(args.cpu as bigint)]?.state),
  },
  {
    pattern: ["cpu"],
    summary: "the processor that runs, with all its registers",
    answer: (machine) => cpuText(runningCpu(machine)),
  },
  {
    pattern: ["cpu", CPU],
    summary: "one processor, with all its registers",
    answer: (machine, args) => cpuText(machine.processors[Number(args.cpu as bigint)]),
  },
  {
    pattern: ["running", "cpu"],
    summary: "the number of the processor that runs when the others do not",
    answer: (machine) => integer(machine.processors.findIndex((cpu) => cpu.state === "running")),
  },
  ofFault(
    ["fault"],
    "the exception that ended the run of the machine, in words",
    (f) => text(describeFault(f)),
  ),
  ofFault(["fault", "access"], "`read`, `write` or `execute`", (f) => word(f.access)),
  ofFault(["fault", "address"], "the virtual address", (f) => hexNumber(f.vaddr)),
  ofFault(
    ["fault", "level"],
    "the level of the entry that is to blame",
    (f) => f.level === undefined ? NOTHING : integer(f.level),
  ),
  ofFault(
    ["fault", "entry"],
    "physical address of that entry",
    (f) => f.entryAt === undefined ? NOTHING : hexNumber(BigInt(f.entryAt)),
  ),
  ofFault(
    ["fault", "writer"],
    "the step that wrote the page of that entry last",
    (f) => f.writer === undefined ? NOTHING : integer(f.writer.step),
  ),
  {
    pattern: ["walk", "of", { name: "address", type: "address" }, "in", SLOT],
    summary: "how the identity map of an image leads to an address, entry by entry",
    answer: (machine, args) => walkText(machine, args.slot as Slot, args.address as bigint),
  },
];

/** The processor that runs; the first of them where several do. */
export function runningCpu(machine: Machine): Cpu | undefined {
  return machine.processors.find((cpu) => cpu.state === "running");
}

/** A register by its name in lower case, as a payload would print it. */
function register(cpu: Cpu | undefined, name: string): Answer {
  const value = cpu === undefined ? undefined : registerValue(cpu, name);
  return value === undefined ? NOTHING : hexNumber(value);
}

/** In the order in which a crash prints them. */
const SHOWN: readonly (readonly string[])[] = [
  ["rax", "rbx", "rcx", "rdx"],
  ["rsi", "rdi", "rbp", "rsp"],
  ["r8", "r9", "r10", "r11"],
  ["r12", "r13", "r14", "r15"],
  ["rip", "rflags", "cs", "ss", "ds"],
  ["cr0", "cr2", "cr3", "cr4", "efer"],
  ["gdt_base", "gdt_limit", "idt_base", "idt_limit", "tr"],
];

function cpuText(cpu: Cpu | undefined): Answer {
  if (cpu === undefined) return NOTHING;
  const lines = SHOWN.map((names) =>
    names.map((name) => `${name} ${hex(registerValue(cpu, name) ?? 0n)}`).join("  ")
  );
  return text([cpu.state, ...lines].join("\n"));
}

export function registerValue(cpu: Cpu, name: string): bigint | undefined {
  if (Object.hasOwn(cpu.registers, name)) return cpu.registers[name as keyof Cpu["registers"]];
  if ((SEGMENT_REGISTERS as readonly string[]).includes(name)) {
    return BigInt(cpu.segments[name as SegmentName].selector);
  }
  const known: Readonly<Record<string, bigint>> = {
    rip: cpu.rip,
    rflags: cpu.rflags,
    cr0: cpu.cr0,
    cr2: cpu.cr2,
    cr3: cpu.cr3,
    cr4: cpu.cr4,
    cr8: cpu.cr8,
    gdt_limit: BigInt(cpu.gdtr.limit),
    gdt_base: cpu.gdtr.base,
    idt_limit: BigInt(cpu.idtr.limit),
    idt_base: cpu.idtr.base,
    fs_base: cpu.segments.fs.base,
    gs_base: cpu.segments.gs.base,
    efer: cpu.special.efer,
    star: cpu.special.star,
    lstar: cpu.special.lstar,
    kernel_gs_base: cpu.special.kernelGsBase,
    apic_base: cpu.special.apicBase,
    pat: cpu.special.pat,
    dr6: cpu.special.dr6,
    dr7: cpu.special.dr7,
  };
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

function ofFault(
  pattern: readonly string[],
  summary: string,
  answer: (fault: NonNullable<Machine["fault"]>) => Answer,
): QueryShape {
  return { pattern, summary, answer: ({ fault }) => fault === undefined ? NOTHING : answer(fault) };
}

function walkText(machine: Machine, slot: Slot, address: bigint): Answer {
  const image = imageIn(machine, slot);
  const cpu = machine.processors[0];
  if (image?.pageTableRoot === undefined || cpu === undefined) return NOTHING;
  const options = { levels: pagingLevels(cpu), writeProtect: false };
  const found = walk(machine, image.pageTableRoot * PAGE_SIZE, address, "read", options);
  const lines = found.steps.map((s) =>
    `level ${s.level}  entry ${hex(s.entryAt)}  ${hex(s.entry)}`
  );
  lines.push(
    found.ok
      ? `${hex(address)} is ${hex(found.maddr)}, page of ${hex(found.pageSize)}`
      : `${hex(address)}: ${found.why}`,
  );
  return text(lines.join("\n"));
}

function text(value: string): Answer {
  return { kind: "text", value };
}

function word(value: string | undefined): Answer {
  return value === undefined ? NOTHING : { kind: "word", value };
}
