/**
 * The note that tells a dump reader where things are in Xen. A page that is zero until the first load
 * of any image succeeds; then it is filled once and for all. [xen:crash_save_vmcoreinfo]
 */
import { type Decision, elfNote, readWord } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { VMCOREINFO } from "./state.ts";
import { emit, type Run } from "./steps.ts";

/**
 * As the build that was observed has it, 4.17.7 of Debian 12: addresses count from where Xen maps
 * itself, and like the sizes of structures they differ from build to build.
 */
function lines(virtStart: bigint): string[] {
  const symbol = (name: string, offset: bigint) =>
    `SYMBOL(${name})=${(virtStart + offset).toString(16)}`;
  return [
    "PAGESIZE=4096",
    symbol("domain_list", 0x57b380n),
    symbol("frame_table", 0x39e858n),
    symbol("max_page", 0x5932f0n),
    "SIZE(page_info)=32",
    "SIZE(domain)=2304",
    "OFFSET(page_info.count_info)=8",
    "OFFSET(page_info._domain)=24",
    "OFFSET(domain.domain_id)=0",
    "OFFSET(domain.next_in_list)=136",
    symbol("dom_xen", 0x45b848n),
    symbol("dom_io", 0x45b840n),
    symbol("pgd_l4", 0x46e000n),
  ];
}

export function* saveVmcoreinfo(run: Run): Decision<void> {
  const at = run.machine.reservations.get(VMCOREINFO)?.start;
  if (at === undefined || readWord(run.machine, at) !== 0n) return;
  const all = lines(run.features.virtStart).map((line) => `${line}\n`).join("");
  const text = new TextEncoder().encode(all);
  // 12 bytes of header and 16 of the name; the rest of the page is the body, zeros behind the text.
  const body = new Uint8Array(PAGE_SIZE - 28);
  body.set(text);
  yield* emit(run, {
    kind: "bytes-written",
    at,
    bytes: elfNote("VMCOREINFO_XEN", 0, body),
    what: "vmcoreinfo of Xen",
  });
}
