/** Rules about who calls, with what number, and with which argument. */
import type { RuleText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

export const CALL_RULES: readonly RuleText[] = [
  {
    rule: "no-such-processor",
    title: "The machine has no such processor",
    explanation:
      "What says on which processor it happens takes its number, from 0 on. No real caller can get this wrong: it runs on one.",
    example: example('panic "x" cpu 4 fails EINVAL'),
    cite: "xen:kexec_crash",
  },
  {
    rule: "no-such-hypercall",
    title: "The caller is no PV guest",
    explanation:
      "Only PV guests have kexec_op in their hypercall table, 32-bit and 64-bit ones. A dom0 that is PVH gets ENOSYS for every op.",
    example: example("status crash as hvm fails ENOSYS"),
    cite: "xen:hypercall table",
  },
  {
    rule: "needs-control-domain",
    title: "The caller is not the control domain",
    explanation:
      "One check for all ops, get_range and status too: EPERM unless a security policy says otherwise.",
    example: example("status crash as domU fails EPERM"),
    cite: "xen:xsm_kexec",
  },
  {
    rule: "unknown-op",
    title: "The op means nothing",
    explanation:
      "Since 4.22. Before, an op that Xen does not know answers 0, as if it had been done: see unknown-op-succeeds. Since 4.23 the first version of load and unload, ops 1 and 2, is among them.",
    example: example("hypercall number nr 9 fails EOPNOTSUPP").replace("4.17", "4.22"),
    cite: "xen:do_kexec_op",
  },
  {
    rule: "argument-unreadable",
    title: "The argument cannot be read",
    explanation: "EFAULT, before anything else is looked at.",
    example: example("hypercall status pointer null fails EFAULT"),
    cite: "xen:kexec_load",
  },
  {
    rule: "too-many-segments",
    title: "16 segments or more",
    explanation:
      "The limit is 16 and must not be reached: 15 is the most that op 4 takes. It is checked before the array is read. kexec-tools fills gaps below 1 MiB with segments that are only mapped, which count too.",
    example: example("hypercall load fails EINVAL { type 1; nr_segments 16 }"),
    cite: "xen:kexec_load",
  },
  {
    rule: "segments-unreadable",
    title: "The array of segments cannot be read",
    explanation: "EFAULT. With no segments at all the pointer is never looked at.",
    example: example(
      "hypercall load fails EFAULT { type 1; nr_segments 1; segments_pointer unmapped }",
    ),
    cite: "xen:kexec_load",
  },
  {
    rule: "unknown-type",
    title: "The type is neither default nor crash",
    explanation:
      "0 or 1. Load, unload and status read one byte of it, so 256 is 0; exec and the first version of the calls have all 32 bits.",
    example: example("hypercall unload fails EINVAL { type 2 }"),
    cite: "xen:kexec_load_get_bits",
  },
  {
    rule: "unknown-range",
    title: "get_range does not tell this",
    explanation:
      "0 crash area, 1 Xen itself, 2 the note of a processor, 6 vmcoreinfo. 3 to 5 have names but no answer on x86.",
    example: example("get_range 3 fails EINVAL"),
    cite: "xen:machine_kexec_get",
  },
  {
    rule: "no-such-cpu",
    title: "There is no such processor",
    explanation:
      "The number is that of a physical processor, not of one of dom0's: a tool that counts dom0's own misses the rest.",
    example: example("get_range 2 nr 1 fails ERANGE"),
    cite: "xen:kexec_get_range",
  },
  {
    rule: "no-crash-notes",
    title: "There are no notes",
    explanation:
      "Room for the notes of the processors is only made if Xen was booted with a crash area.",
    example: example("get_range 2 fails EINVAL").replace("crashkernel=64M@128M", ""),
    cite: "xen:kexec_get_range",
  },
  {
    rule: "range-above-4gib",
    title: "A 32-bit caller cannot be told this address",
    explanation:
      "An address or a size of more than 32 bits: ERANGE, whatever else is wrong. `low_crashinfo=` on Xen's command line keeps notes low.",
    example: `machine m { memory 0 .. 640KiB, 1MiB .. 1GiB, 4GiB .. 6GiB }
boot xen 4.17 on m { cmdline "crashkernel=64M@5G"; dom0 linux 6.1 { memory 256MiB } }
get_range 0 width 32 fails ERANGE`,
    cite: "xen:kexec_get_range_compat",
  },
  {
    rule: "kexec-in-progress",
    title: "An image is about to run",
    explanation:
      "Once Xen is past the point of no return nothing is loaded or unloaded any more: EBUSY, and nothing ever clears it. A crash that comes back to itself leaves a hypervisor in this state.",
    example: example(
      "image a : default { segment text at 0x1000_0000 size 4KiB fill 0x90 }",
      "load a",
      "at every step of exec default {",
      "  if power is running { if kexec_flags == 82 { unload default fails EBUSY } }",
      "}",
    ),
    cite: "xen:kexec_swap_images",
  },
];
