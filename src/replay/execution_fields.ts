/** How each field of an execution recording is compared. */
import type { FieldRule } from "./fields.ts";

const BUILD = "depends on the kernel's build";
const CHOSEN = "the page allocator's choice, different at each boot";
const OWN = "a register that the old kernel's compiler used: not cleared for a preserving image";

function exactly(...names: readonly string[]): FieldRule[] {
  return names.map((name) => ({
    field: `registers.${name}`,
    how: "exactly" as const,
    why: "at the entry point",
  }));
}

function zeroOr(how: FieldRule["how"], why: string, ...names: readonly string[]): FieldRule[] {
  return names.map((name) => ({
    field: `registers.${name}`,
    how,
    why: `zero, exactly, unless the image is preserved; then ${why}`,
  }));
}

export const EXECUTION_RULES: readonly FieldRule[] = [
  { field: "loads", how: "exactly", why: "result and loaded state after each load" },
  { field: "invocations", how: "exactly", why: "how often the payload was started" },
  {
    field: "story.reboot_ret",
    how: "exactly",
    why: "what reboot(2) gave after the payload returned",
  },
  { field: "story.errno", how: "exactly", why: "its errno" },
  { field: "story.kexec_loaded", how: "exactly", why: "whether the image is still loaded" },
  { field: "story.jump", how: "not compared", why: "a label of the recording" },
  {
    field: "story.addr",
    how: "not compared",
    why: `${CHOSEN} for a source page; the address that is read otherwise`,
  },
  { field: "story.ret", how: "not compared", why: "whether the recorder could read the page" },
  {
    field: "story.w",
    how: "exactly",
    why:
      "words of memory; what a page held before the first jump is taken over, and so are the payload's words",
  },
  { field: "registers.invocation", how: "exactly", why: "the payload's counter, in memory" },
  ...exactly(
    "load_address",
    "rflags",
    "cs",
    "ds",
    "es",
    "ss",
    "fs",
    "gs",
    "cr0",
    "cr4",
    "cr8",
    "tr",
    "ldtr",
  ),
  ...exactly(
    "dr6",
    "dr7",
    "gdt_limit",
    "gdt_base",
    "idt_limit",
    "idt_base",
    "efer",
    "fs_base",
    "gs_base",
  ),
  ...exactly("kernel_gs_base", "star", "apic_base", "pat", "rcx", "rdx", "rdi", "r11", "r12"),
  { field: "registers.initial_apic_id", how: "exactly", why: "the processor that runs" },
  { field: "registers.page_tables", how: "exactly", why: "pages of page tables below CR3" },
  {
    field: "registers.cr3",
    how: "as an invariant",
    why: `exact for a crash image; else ${CHOSEN}: aligned to a page`,
  },
  {
    field: "registers.rsp",
    how: "as an invariant",
    why:
      `exact for a crash image; else its place in the page, and its distance from r10 if that holds the swap page: ${CHOSEN}`,
  },
  ...zeroOr("as an invariant", "the distance from cr3", "rax", "r9"),
  ...zeroOr(
    "as an invariant",
    `the place in the page of what it points to: ${CHOSEN}`,
    "rsi",
    "r10",
    "rbx",
  ),
  ...zeroOr("as an invariant", `within the control page: which instruction ${BUILD}`, "r8"),
  ...zeroOr("as an invariant", "Linux's CR4 before 6.11, with PAE; exact since", "r13"),
  ...zeroOr("not compared", OWN, "rbp", "r14", "r15"),
  {
    field: "registers.cr2",
    how: "not compared",
    why: `the last page fault of a program: ${BUILD}`,
  },
  {
    field: "registers.lstar",
    how: "not compared",
    why: `an address of the kernel's code: ${BUILD}`,
  },
  {
    field: "registers.pic1_mask",
    how: "not compared",
    why: "interrupt controllers are not modelled",
  },
  {
    field: "registers.pic2_mask",
    how: "not compared",
    why: "interrupt controllers are not modelled",
  },
  {
    field: "mapped",
    how: "exactly",
    why:
      "ranges, page sizes and flags read from the tables in memory, but for accessed and dirty bits; " +
      `the control code's own virtual address ${BUILD}, its physical one is invariant`,
  },
  { field: "other.leaves", how: "exactly", why: "pages of each size that are mapped" },
  { field: "other.lapic", how: "exactly", why: "whether the local APIC's page is mapped" },
  {
    field: "other.stack",
    how: "as an invariant",
    why: "exact for words that the jump put there; return addresses lie in the control page; " +
      "the page behind is the image's own tables for a crash image, and anybody's for others: not compared",
  },
  {
    field: "other.probe",
    how: "as an invariant",
    why: "exact where a segment or the image's own tables lie, and whether an address is mapped; " +
      "what firmware, devices and the old kernel left elsewhere is not modelled",
  },
  {
    field: "other.scan",
    how: "as an invariant",
    why: `how many pages hold the word; the one that swapping chose is ${CHOSEN}`,
  },
];
