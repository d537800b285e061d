/**
 * The note that tells a dump reader where things are in Xen. A page that is zero until the first load
 * of any image succeeds; then it is filled once and for all. [xen:crash_save_vmcoreinfo]
 */
import { type Decision, elfNote, readWord } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import { VMCOREINFO } from "./state.ts";
import { emit, type Run } from "./steps.ts";

/** Lines whose values are the same in every build; addresses of symbols are left out. */
const LINES = ["PAGESIZE=4096", "SIZE(page_info)=32"];

export function* saveVmcoreinfo(run: Run): Decision<void> {
  const at = run.machine.reservations.get(VMCOREINFO)?.start;
  if (at === undefined || readWord(run.machine, at) !== 0n) return;
  const text = new TextEncoder().encode(LINES.map((line) => `${line}\n`).join(""));
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
