/** How each field of a Xen recording of executions is compared. */
import type { FieldRule } from "./fields.ts";

const HEAP = "the heap's choice, different at each boot";
const BUILD = "depends on Xen's build";
const OWN = "left over from Xen's own code: its compiler's choice";

type How = FieldRule["how"];

function rule(field: string, how: How, why: string): FieldRule {
  return { field: `execution.${field}`, how, why };
}

function registers(how: How, why: string, ...names: readonly string[]): FieldRule[] {
  return names.map((name) => rule(`regs.${name}`, how, why));
}

const ENTRY = "at the entry point";

export const XEN_EXECUTION_RULES: readonly FieldRule[] = [
  rule("loads", "exactly", "what each load and unload gave back"),
  rule("probe", "not compared", "how the recorder foresaw the heap's choices"),
  rule(
    "vmcoreinfo_before_first_load",
    "as an invariant",
    `result, size and, where no probe loaded an image before, that it is empty, exactly; where it lies ${BUILD}`,
  ),
  rule("cpu_ranges", "as an invariant", `result and size exactly; where they lie is ${HEAP}`),
  rule("notes_before", "exactly", "every header, and that nothing is behind it"),
  rule(
    "vmcoreinfo_after_load",
    "exactly",
    "header and lines; addresses and layouts are those of the build that was recorded",
  ),
  rule("status", "exactly", "what the status call says of each type, before the jump"),
  rule("truth", "exactly", "Xen's own word, before the jump; the bit of the call is clear then"),
  rule("image_before.slot", "exactly", "the slot that is selected"),
  rule("image_before.type", "exactly", ""),
  rule("image_before.arch", "exactly", ""),
  rule("image_before.entry", "exactly", ""),
  rule("image_before.nr_segments", "exactly", ""),
  rule(
    "image_before.segments",
    "exactly",
    "destinations and sizes; the caller's pointers are its own",
  ),
  rule(
    "image_before.head",
    "as an invariant",
    `exact for a crash image; else ${HEAP}: in RAM and in no destination`,
  ),
  rule(
    "image_before.entry_page",
    "as an invariant",
    `exact for a crash image; else ${HEAP}: in RAM and in no destination`,
  ),
  rule(
    "image_before.next_entry",
    "as an invariant",
    "words in the last page of the list, exactly unless the list has pages that the heap placed among the destinations",
  ),
  rule(
    "image_before.control_code_page",
    "as an invariant",
    `exact for a crash image; else ${HEAP}: in RAM and in no destination`,
  ),
  rule(
    "image_before.aux_page_l4",
    "as an invariant",
    `exact for a crash image; else ${HEAP}: in RAM and in no destination`,
  ),
  rule(
    "image_before.next_crash_page",
    "exactly",
    "the cursor of the hole search; a default image has that of the area's beginning",
  ),
  rule(
    "image_before.indirection",
    "as an invariant",
    `words, destinations, sources and zeros of each, exactly; where sources and pages lie is ${HEAP}, and so is how many were swapped wrongly: that some were, or none`,
  ),
  rule(
    "image_before.pagetables",
    "as an invariant",
    `read from memory; exact for a crash image; for a default one that every destination is mapped to itself, the code at Xen's own address, and how many pages are mapped: the rest is ${HEAP}`,
  ),
  rule("image_before", "exactly", "that there is none"),
  rule("live_pagetables.cr3", "as an invariant", `exact for a crash image; else ${HEAP}`),
  rule("live_pagetables.table_pages", "as an invariant", "as before the jump"),
  rule("live_pagetables.mappings", "as an invariant", "as before the jump"),
  rule("live_pagetables.maps_own_tables", "exactly", "that no table is mapped"),
  rule(
    "live_pagetables.accessed_dirty",
    "as an invariant",
    "bits of the leaf, exactly, where the page's address is not the heap's choice",
  ),
  rule("payload_ran", "exactly", "whether the payload's code had control"),
  rule("qemu_exited", "exactly", "whether the machine reset"),
  rule("mode", "exactly", "bits of the code that runs"),
  rule(
    "xen_console",
    "as an invariant",
    "lines in order, exactly; of a fault in Xen that it panicked: registers, stack and code are its build's",
  ),
  rule(
    "notes_after",
    "as an invariant",
    `headers, which bodies are filled, versions, and control registers as far as they are not a guest's: the others ${BUILD}`,
  ),
  rule(
    "memcheck",
    "exactly",
    "the first word of each page of a segment's destination; not of pages that the model's heap lost, see corruption_check",
  ),
  rule(
    "corruption_check",
    "as an invariant",
    `that pages hold what page 0 holds; which, is ${HEAP}`,
  ),
  ...registers("exactly", ENTRY, "RAX", "RCX", "RDI", "RBP", "R8", "R9", "START", "RFLAGS"),
  ...registers("exactly", ENTRY, "CR0", "CR4", "CS", "DS", "ES", "FS", "GS", "SS", "TR", "LDTR"),
  ...registers("exactly", ENTRY, "GDTLIM", "IDTLIM", "EFER", "EFER_LO", "EFER_HI", "APICBASE"),
  ...registers("exactly", ENTRY, "EAX", "ECX", "EDX", "EDI", "EBP"),
  ...registers(
    "as an invariant",
    `exact for a crash image; else ${HEAP}: a page's beginning`,
    "RDX",
    "RSI",
    "ESI",
    "CR3",
  ),
  ...registers(
    "as an invariant",
    `exact for a crash image; else its place in the control page`,
    "RSP",
    "ESP",
    "RETADDR",
  ),
  ...registers(
    "as an invariant",
    "in the control page, exactly, for a 32-bit image; else an address of Xen's own",
    "GDTBASE",
    "IDTBASE",
  ),
  ...registers(
    "as an invariant",
    "interrupts off; the payload changes other bits before it stores them",
    "EFLAGS",
  ),
  ...registers("not compared", OWN, "RBX", "EBX", "R10", "R11", "R12", "R13", "R14", "R15"),
  ...registers("not compared", "a guest's", "CR2", "GSBASE"),
];
