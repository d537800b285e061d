/** From the clauses of a `boot` block to a plan. */
import type { ArgValue, BootRequest } from "../../machine/mod.ts";
import { MADDR_LIMIT, type Range } from "../../memory/mod.ts";
import type { BootModule } from "./crashkernel/mod.ts";
import type { CrashArea } from "./state.ts";

/** Ranges in bytes. */
export interface BootPlan {
  readonly cmdline: string;
  /** Given by the script; absent: at the top of RAM below 4 GiB. */
  readonly xen?: Range;
  readonly modules: readonly BootModule[];
  readonly reserved: readonly { readonly name: string; readonly range: Range }[];
  /** Given by the script; absent: `crashkernel=` decides. */
  readonly crash?: CrashArea;
  /** Pages of the heap at most. */
  readonly heap?: bigint;
}

/** Of the build that was observed, 4.17.7 of Debian 12, bytes. */
export const XEN_SIZE = 0x3a6140;

export function planBoot({ clauses }: BootRequest): BootPlan {
  const one = (head: string) => clauses.findLast((c) => c.head === head);
  const text = one("cmdline")?.args.text;
  const xen = rangeOf(one("xen")?.args.range);
  const crash = one("crash_area")?.args;
  const heap = one("heap")?.args.pages;
  return {
    cmdline: typeof text === "string" ? text : "",
    ...(xen === undefined ? {} : { xen }),
    modules: clauses.filter((c) => c.head === "module").map(({ args }): BootModule => ({
      name: String(args.name),
      size: bounded(args.size as bigint),
      ...(typeof args.headroom === "bigint" ? { headroom: bounded(args.headroom) } : {}),
    })),
    reserved: clauses.filter((c) => c.head === "reserve").flatMap((c) => {
      const range = rangeAt(c.args.at, c.args.size);
      return range === undefined ? [] : [{ name: String(c.args.name), range }];
    }),
    ...(crash === undefined
      ? {}
      : { crash: { start: crash.start as bigint, size: crash.size as bigint } }),
    ...(typeof heap === "bigint" ? { heap } : {}),
  };
}

/** Addresses that no machine has are cut off: nothing is there. */
function bounded(value: bigint): number {
  return value > BigInt(MADDR_LIMIT) ? MADDR_LIMIT : Number(value);
}

function rangeOf(value: ArgValue | undefined): Range | undefined {
  if (typeof value !== "object" || !("start" in value) || !("end" in value)) return undefined;
  return { start: bounded(value.start), end: bounded(value.end) };
}

export function rangeAt(at: ArgValue | undefined, size: ArgValue | undefined): Range | undefined {
  if (typeof at !== "bigint" || typeof size !== "bigint") return undefined;
  return { start: bounded(at), end: bounded(at + size) };
}
