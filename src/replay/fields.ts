/**
 * How each field of a recording is compared. A field that is not in this table is a problem: nothing
 * is skipped without saying so.
 */
import { EXECUTION_RULES } from "./execution_fields.ts";
import { MINIOS_KEXEC_RULES } from "./minios_kexec_fields.ts";
import { MINIOS_MODULE_RULES } from "./minios_fields.ts";
import { XEN_HYPERCALL_RULES, XEN_REPLACEMENT_RULES } from "./xen_fields.ts";
import { XEN_CRASHKERNEL_RULES } from "./xen_crashkernel_fields.ts";
import { XEN_EXECUTION_RULES } from "./xen_execution_fields.ts";

export interface FieldRule {
  /** `images.swap_page_pa`: where it stands, and its name. */
  readonly field: string;
  readonly how: "exactly" | "as an invariant" | "not compared";
  readonly why: string;
}

const OBSERVED: readonly FieldRule[] = [
  { field: "ret", how: "exactly", why: "0, an errno name, or another number" },
  { field: "kexec_loaded", how: "exactly", why: "state after the operation" },
  { field: "kexec_crash_loaded", how: "exactly", why: "state after the operation" },
  { field: "kexec_crash_size", how: "exactly", why: "state after the operation" },
  { field: "kexec_load_disabled", how: "exactly", why: "state after the operation" },
  {
    field: "crashk",
    how: "exactly",
    why: "the last `Crash kernel` line of /proc/iomem as the caller sees it: zeros without rights",
  },
  { field: "value", how: "exactly", why: "a word of physical memory" },
  { field: "crash_kernel_lines", how: "exactly", why: "all `Crash kernel` lines of /proc/iomem" },
  { field: "messages", how: "exactly", why: "the kernel's log lines about crashkernel=" },
];

const CHOSEN = "the page allocator's choice, different at each boot";

const IMAGES: readonly FieldRule[] = [
  { field: "images.kimage", how: "not compared", why: "a label of the recording" },
  { field: "images.which", how: "exactly", why: "the slot: an image must be there, or none" },
  {
    field: "images.head",
    how: "as an invariant",
    why:
      `exact for a crash image; for a default one it leads to the first indirection page, ${CHOSEN}`,
  },
  { field: "images.start", how: "exactly", why: "the entry point" },
  {
    field: "images.control_code_page_pa",
    how: "as an invariant",
    why:
      `exact for a crash image; for a default one ${CHOSEN}: it must lie in RAM and in no destination`,
  },
  {
    field: "images.swap_page_pa",
    how: "as an invariant",
    why:
      `none for a crash image; for a default one ${CHOSEN}: it must lie in RAM and in no destination`,
  },
  {
    field: "images.pgd_pa",
    how: "as an invariant",
    why:
      `exact for a crash image; for a default one ${CHOSEN}: it must lie in RAM and in no destination`,
  },
  { field: "images.nr_segments", how: "exactly", why: "" },
  { field: "images.segments", how: "exactly", why: "destination and sizes of each" },
  { field: "images.next_control_page", how: "exactly", why: "the cursor of the hole search" },
  { field: "images.bitfields", how: "exactly", why: "type, preserve, file mode, hotplug" },
  {
    field: "images.control_pages_list",
    how: "not compared",
    why: `${CHOSEN}; their number is compared, and where they lie by other fields`,
  },
  { field: "images.control_pages_list_count", how: "exactly", why: "" },
  { field: "images.dest_pages_empty", how: "exactly", why: "no parked page is left" },
  {
    field: "images.unusable_pages_empty",
    how: "exactly",
    why: "no machine has memory beyond the limit",
  },
  {
    field: "images.entries",
    how: "exactly",
    why: "words of the list, links and terminator included",
  },
  { field: "images.terminator", how: "exactly", why: "the last word" },
  {
    field: "images.source_equals_destination",
    how: "as an invariant",
    why: `${CHOSEN}: every source must be its own destination or lie in none`,
  },
  { field: "images.destinations", how: "exactly", why: "read from the list in memory" },
  {
    field: "images.indirection_pages",
    how: "as an invariant",
    why: `${CHOSEN}: none may lie in a destination`,
  },
  { field: "images.indirection_pages_count", how: "exactly", why: "" },
  { field: "images.source_runs", how: "not compared", why: CHOSEN },
  { field: "images.source_run_count", how: "not compared", why: CHOSEN },
  {
    field: "images.source_pages",
    how: "exactly",
    why: "read from the list in memory; the recording stops counting at 262144",
  },
  {
    field: "images.page_table_pages_sorted",
    how: "as an invariant",
    why: `those in the crash region exactly; the others are ${CHOSEN}`,
  },
  { field: "images.page_table_pages_sorted_count", how: "exactly", why: "" },
  {
    field: "images.mappings",
    how: "exactly",
    why:
      "read from the tables in memory; the control code's own virtual address depends on the build" +
      " and is not compared, its physical one is invariant for a default image",
  },
  { field: "images.crash_region_diff", how: "not compared", why: "a label of the recording" },
  { field: "images.region", how: "exactly", why: "the crash region" },
  {
    field: "images.changed",
    how: "exactly",
    why: "pages whose bytes changed since the region was read last",
  },
];

export const FIELD_RULES: ReadonlyMap<string, FieldRule> = new Map(
  [
    ...OBSERVED,
    ...IMAGES,
    ...EXECUTION_RULES,
    ...MINIOS_MODULE_RULES,
    ...MINIOS_KEXEC_RULES,
    ...XEN_CRASHKERNEL_RULES,
    ...XEN_EXECUTION_RULES,
    ...XEN_HYPERCALL_RULES,
    ...XEN_REPLACEMENT_RULES,
  ]
    .map((
      rule,
    ) => [rule.field, rule]),
);

/** Counts how often each field was met, and finds those that nobody knows. */
export class FieldCounter {
  readonly #counts = new Map<string, number>();

  rule(field: string): FieldRule | undefined {
    return FIELD_RULES.get(field);
  }

  /** The rule of a field; undefined if there is none. */
  meet(field: string): FieldRule | undefined {
    const rule = FIELD_RULES.get(field);
    if (rule !== undefined) this.#counts.set(field, (this.#counts.get(field) ?? 0) + 1);
    return rule;
  }

  uses(): { rule: FieldRule; count: number }[] {
    return [...this.#counts].map(([field, count]) => ({ rule: FIELD_RULES.get(field)!, count }));
  }
}
