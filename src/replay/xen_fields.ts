/** How the fields of a Xen recording of hypercalls and replacements are compared. */
import type { FieldRule } from "./fields.ts";

export const XEN_HYPERCALL_RULES: readonly FieldRule[] = [
  {
    field: "hypercall.ret",
    how: "exactly",
    why: "0, an errno name, a number, or what became of the hypervisor",
  },
  { field: "hypercall.status", how: "exactly", why: "what the status call says of each type" },
  {
    field: "hypercall.loaded",
    how: "exactly",
    why: "whether the active slot of each type holds an image",
  },
  {
    field: "hypercall.kexec_flags",
    how: "exactly",
    why: "Xen's own word; the bit of the call itself is masked, as it is clear between calls",
  },
  {
    field: "hypercall.out",
    how: "as an invariant",
    why:
      "start and size exactly; but where notes and vmcoreinfo lie is up to the heap and the build: that they lie somewhere",
  },
];

const exactly = (field: string, why: string): FieldRule => ({ field, how: "exactly", why });
const unseen = (field: string, why: string): FieldRule => ({ field, how: "not compared", why });
const invariant = (field: string, why: string): FieldRule => ({
  field,
  how: "as an invariant",
  why,
});

const STATE = "kexec_flags taken apart";
const PAGES = "pages of the crash area whose bytes differ";
const CONTENTS =
  "each changed page, whose it is and what it holds; of the relocation code, whose bytes are the build's, only that they are no zeros; the recorder told 40 or 60 rows at most";

export const XEN_REPLACEMENT_RULES: readonly FieldRule[] = [
  exactly("replacement.before_load_nonzero_pages", "nothing was loaded before"),
  exactly("replacement.load_A.result", ""),
  exactly("replacement.load_A.status", ""),
  exactly("replacement.load_A.truth", STATE),
  exactly(
    "replacement.load_A.image",
    "the structure, its tables, mappings and list; the buffers' addresses are the caller's",
  ),
  exactly("replacement.load_A.pages", "what each page is for"),
  exactly("replacement.load_A.changed_pages", PAGES),
  exactly("replacement.load_A.changed_but_unlabelled", "none"),
  exactly("replacement.stops.at", "the routines that were entered, in order"),
  unseen("replacement.stops.arg_image", "an address of Xen's heap"),
  exactly("replacement.stops.kexec_flags", "the bit of the call itself included"),
  exactly("replacement.stops.current_crash_slot", ""),
  exactly("replacement.stops.crash_loaded", ""),
  exactly("replacement.stops.current_is", ""),
  invariant(
    "replacement.stops.kexec_image",
    "addresses of Xen's heap: which of the four are null",
  ),
  exactly("replacement.stops.pages_changed_since_A", PAGES),
  exactly("replacement.stops.pages_changed_since_prev_stop", PAGES),
  exactly("replacement.stops.A_pages_overwritten", "which of A's pages died, and what they were"),
  invariant("replacement.stops.contents_now", CONTENTS),
  exactly("replacement.load_B.result", "what the caller got, or what became of the hypervisor"),
  exactly("replacement.load_B.status", ""),
  exactly("replacement.load_B.truth", STATE),
  unseen("replacement.load_B.truth_after", "nothing could be read any more"),
  unseen("replacement.load_B.qemu_exited", "told by the result"),
  invariant("replacement.load_B.xen_log", "lines without addresses of the build"),
  exactly("replacement.load_B.pages_changed_since_A", PAGES),
  exactly("replacement.load_B.A_pages_overwritten", "which of A's pages died"),
  exactly("replacement.load_B.A_segment_pages_intact", ""),
  exactly("replacement.load_B.A_segment_pages_overwritten_count", ""),
  exactly("replacement.load_B.A_control_pages_total", ""),
  exactly("replacement.load_B.A_control_pages_overwritten_count", ""),
  exactly("replacement.load_B.current_image_after", ""),
  exactly("replacement.load_B.image_struct_now", "read through what is in memory then"),
  exactly("replacement.load_B.pages_of_current_image_now", "read through what is in memory then"),
  invariant("replacement.load_B.contents_now", CONTENTS),
  exactly("replacement.load_B.A_trampoline_mapping_now", ""),
  invariant("replacement.load_B.A_control_code_page_now", "zero or not"),
  exactly("replacement.load_B.A_entry_mapped_now", ""),
  exactly("replacement.load_B.B_control_pages", ""),
  exactly("replacement.load_B.B_control_on_A_pages", ""),
  invariant("replacement.load_B.all_segment_page_contents", CONTENTS),
  exactly("replacement.steps.result", ""),
  exactly("replacement.steps.truth", STATE),
  exactly("replacement.steps.status", ""),
  exactly("replacement.steps.changed_pages", PAGES),
  exactly("replacement.forced_crash_at", "where: the stop of that name"),
  unseen("replacement.G", "what the debugger said"),
  invariant("replacement.xen_log", "lines without addresses of the build"),
  exactly("replacement.payload_ran", "a crash at the last stop reaches the entry point"),
  exactly("replacement.START", "the entry point that the payload printed"),
  exactly("replacement.qemu_exited", "a triple fault ended the machine"),
  invariant("replacement.log", "lines of Xen without addresses of the build"),
];
