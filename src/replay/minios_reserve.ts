/** The page allocator in a Mini-OS recording. */
import { perform, printedBy } from "./minios_elf.ts";
import { type Bench, type Handler, type Observation } from "./minios_bench.ts";
import { bigOf, moduleFields } from "./minios_module.ts";

export const RESERVE_HANDLERS: Readonly<Record<string, Handler>> = {
  reserve(bench, op) {
    const boundary = bigOf(op.boundary);
    const done = perform(bench, "reserve_memory_below", { boundary });
    const fields = free(bench, { reserved: bench.number("kexec reserved pages") });
    if (!bench.died) return fields;
    const events = [`reserve_memory_below 0x${boundary.toString(16)}`];
    return {
      ...moduleFields(bench, {}),
      printk: undefined,
      ...bench.death(),
      ...printedBy(done),
      events,
    };
  },
  unreserve(bench) {
    return free(bench, printedBy(perform(bench, "unreserve_memory_below", {})));
  },
  pgalloc(bench, op) {
    const done = perform(bench, "alloc_pages", { order: bigOf(op.order) });
    return free(bench, { ret: bench.outcome.ret, ...printedBy(done) });
  },
  pgfree(bench, op) {
    const args = { at: bigOf(op.addr), order: bigOf(op.order) };
    return free(bench, printedBy(perform(bench, "free_pages", args)));
  },
};

function free(bench: Bench, more: Observation): Observation {
  const left = bench.died ? { ...moduleFields(bench, {}), printk: undefined } : {};
  return { ...left, ...more, ...bench.death(), free_pages: bench.number("allocator pages") };
}
