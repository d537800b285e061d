/**
 * Xen's table of frames: what it knows of a page is looked up by the page's number, unchecked. Where
 * the table has no entry for it, the look-up is a fault in Xen.
 */
import type { Machine } from "../../machine/mod.ts";
import { hex } from "../../routine/mod.ts";

/** Frames for which one large page of the table has entries: 256 MiB of memory. */
const FRAME_GROUP = 2 ** 16;

const FRAMETABLE = 0xffff82e000000000n;
/** Bytes of an entry. The use count is the second word. */
const ENTRY = 32n;

/** The panic that a look-up of `frame` ends in; undefined: there is an entry, RAM or not. */
export function lookUpFault(machine: Machine, frame: number): string | undefined {
  const group = Math.floor(frame / FRAME_GROUP) * FRAME_GROUP;
  if (machine.ram.some((r) => r.start < group + FRAME_GROUP && r.end > group)) return undefined;
  const at = BigInt.asUintN(64, FRAMETABLE + BigInt(frame) * ENTRY + 8n);
  const page = hex(BigInt(frame) * 4096n);
  // The highest 17 bits of an address are all the same.
  return BigInt.asIntN(48, at) === BigInt.asIntN(64, at)
    ? `FATAL PAGE FAULT, linear address ${hex(at)}: the frame table has no entry for ${page}`
    : `GENERAL PROTECTION FAULT: the entry for ${page} in the frame table would be at ${
      hex(at)
    }, which is no address`;
}
