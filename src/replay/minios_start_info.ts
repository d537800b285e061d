/** Operations of a Mini-OS recording that change what the start info says. */
import { type Handler } from "./minios_bench.ts";
import { bigOf, memoryMap, printk } from "./minios_module.ts";

export const START_INFO_HANDLERS: Readonly<Record<string, Handler>> = {
  softres(bench, op) {
    const { ret } = bench.operate("scratch", { pages: bigOf(op.pages) });
    if (bench.died) return { ...bench.death(), ...printk(bench) };
    return { pfn: ret, e820: memoryMap(bench) };
  },
};
