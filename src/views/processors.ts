/** Registers of the processors, those that are alike told once, and what differs from an earlier machine. */
import { type Cpu, GENERAL_REGISTERS, type Machine } from "../machine/mod.ts";
import { address, table } from "./format.ts";

const CONTROL = ["rip", "rflags", "cr0", "cr2", "cr3", "cr4"] as const;

/** Registers by name, as text. */
export function registerValues(cpu: Cpu): readonly (readonly [string, string])[] {
  return [
    ...CONTROL.map((name) => [name, address(cpu[name])] as const),
    ["efer", address(cpu.special.efer)],
    ...GENERAL_REGISTERS.map((name) => [name, address(cpu.registers[name])] as const),
    ...(["cs", "ds", "ss"] as const).map((name) =>
      [name, address(cpu.segments[name].selector)] as const
    ),
    ["gdtr", `${address(cpu.gdtr.base)}+${address(cpu.gdtr.limit)}`],
    ["idtr", `${address(cpu.idtr.base)}+${address(cpu.idtr.limit)}`],
  ];
}

/** `before`: the machine to compare with; what changed since carries a `*`. */
export function renderProcessors(machine: Machine, before?: Machine): string[] {
  if (machine.processors.length === 0) return ["No machine is powered on"];
  const lines: string[] = [];
  for (let i = 0; i < machine.processors.length;) {
    const cpu = machine.processors[i]!;
    let end = i + 1;
    while (machine.processors[end] === cpu) end++;
    const old = before?.processors[i];
    const was = old === undefined ? undefined : new Map(registerValues(old));
    const cells = registerValues(cpu).map(([name, value]) =>
      `${was !== undefined && was.get(name) !== value ? "*" : " "}${name.padEnd(7)}${value}`
    );
    lines.push(`cpu ${end - i === 1 ? i : `${i} … ${end - 1}`}: ${cpu.state}, fpu ${cpu.fpu}`);
    const rows: string[][] = [];
    for (let at = 0; at < cells.length; at += 3) rows.push(cells.slice(at, at + 3));
    lines.push(...table(rows, "  "));
    i = end;
  }
  return lines;
}
