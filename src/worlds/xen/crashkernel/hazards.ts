/** What a command line of Xen asked for without meaning it. */
import type { Hazard } from "../../../machine/mod.ts";
import { hex } from "../../../routine/mod.ts";
import type { Parsed } from "./parse.ts";
import type { Area } from "./place.ts";

const CITE = "xen:parse_crashkernel";
const PLACE = "xen:__start_xen";
const MIB = 2n ** 20n;

export function hazardsOf(
  parsed: Parsed,
  size: bigint,
  area: Area,
  outcome: string,
): Hazard[] {
  const found: Hazard[] = [];
  const add = (code: string, message: string, cite: string) =>
    void found.push({ code, message, key: code, cite });
  for (const { value, why } of parsed.rejected) {
    found.push({
      code: "crashkernel-rejected",
      message: `crashkernel=${value}: ${why}; what was read before that stays in force`,
      key: `crashkernel-rejected:${value}`,
      cite: CITE,
    });
  }
  if (parsed.withoutUnit.length > 0) {
    const [written] = parsed.withoutUnit;
    add(
      "crashkernel-without-unit",
      `\`${written}\` has no unit: Xen counts KiB where Linux would count bytes`,
      "xen:parse_size_and_unit",
    );
  }
  if (size > 0n && size < MIB) {
    add("crashkernel-tiny", `the region has ${size} bytes: no kernel fits in`, CITE);
  }
  if (size >= 2n ** 32n && parsed.request.start === 0n) {
    add(
      "crashkernel-size-truncated",
      `a gap is looked for with a size of 32 bits: ${hex(size % 2n ** 32n)} in place of ${
        hex(size)
      }`,
      "xen:consider_modules",
    );
  }
  if (outcome === "phantom") {
    add(
      "crashkernel-phantom",
      `no place was found for ${size} bytes and nothing is said: loads are checked against [0, ${
        hex(size)
      }), which is nobody's`,
      PLACE,
    );
  }
  if (outcome === "wrapped") {
    add(
      "crashkernel-wraps",
      `${hex(area.start)} and ${
        hex(area.size)
      } bytes more are beyond the last address: the sum lies in RAM, and Xen takes the region`,
      "xen:kexec_reserve_area",
    );
  }
  if (outcome === "disabled") {
    add(
      "crashkernel-disabled",
      "the region does not lie in one piece of RAM: none is reserved and boot goes on",
      "xen:kexec_reserve_area",
    );
  } else if (outcome === "reserved" && (area.start % 4096n !== 0n || area.size % 4096n !== 0n)) {
    add(
      "crashkernel-unaligned",
      "the region begins or ends inside a page: only the whole pages in it can be used",
      PLACE,
    );
  }
  return found;
}
