/** Rules and hazards of execution, for `kx explain`. */
import type { HazardText, RuleText } from "../../../machine/mod.ts";

const MACHINE =
  "machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }\nboot linux 6.1 on vm { config KEXEC_JUMP on }\n";

const PROPOSAL =
  "machine vm { memory 0 .. 639KiB, 1MiB .. 512MiB }\nboot linux 6.1 on vm {\n  config KEXEC_JUMP on\n  jump_semantics proposal_2007\n}\n";

export const EXECUTION_RULES: readonly RuleText[] = [
  {
    rule: "no-such-processor",
    title: "The machine has no such processor",
    explanation:
      "`exec` and `panic` take the number of the processor that does it, from 0 on. No real caller can get this wrong: it runs on one.",
    example: `${MACHINE}panic "x" cpu 4 fails EINVAL`,
    cite: "linux:migrate_to_reboot_cpu",
  },
  {
    rule: "image-not-loaded",
    title: "The image that is called is not loaded",
    explanation:
      "`call` starts the image in the default slot, as reboot(LINUX_REBOOT_CMD_KEXEC) does. With another image in the slot, or none, there is nothing to call.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\ncall f`,
    cite: "linux:kernel_kexec",
  },
  {
    rule: "call-without-preserve",
    title: "An image that is not preserved cannot come back",
    explanation:
      "Only an image that was loaded with KEXEC_PRESERVE_CONTEXT has a jump-back entry on its stack, and only for such an image the kernel suspends devices instead of shutting them down.",
    example:
      `${MACHINE}image f : default { segment code at 16MiB size 4KiB zeros }\nload f\ncall f`,
    cite: "linux:kernel_kexec",
  },
  {
    rule: "entry-fixed-at-load",
    title: "The entry point is given when loading",
    explanation:
      "The proposal of December 2007 let a kernel change the entry point between calls of a fake image. In mainline it is an argument of kexec_load, and each return rewrites it.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f at 0x1000`,
    cite: "linux:kernel_kexec",
  },
  {
    rule: "arguments-without-place",
    title: "There is no place for the arguments",
    explanation:
      "Mainline passes no arguments. They can be handed over in the loaded image's memory, where its program has a word for each of its parameters; the proposal of 2007 passes up to six in registers.",
    example:
      `${MACHINE}program f(a) { return a }\nimage i : default preserve { segment code at 16MiB size 4KiB program f }\nload i\ncall i with 1, 2`,
    cite: "linux:kernel_kexec",
  },
  {
    rule: "processes-not-frozen",
    title: "A process cannot be frozen before the jump",
    explanation:
      "Before a kernel leaves for an image that may come back it freezes all processes. Whatever error that gives, the caller sees EBUSY; the console is given back and the image stays loaded.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f suspend_fails processes`,
    cite: "linux:freeze_processes",
  },
  {
    rule: "device-not-suspended",
    title: "A device cannot be suspended before the jump",
    explanation:
      "A driver's error in prepare or suspend is handed to the caller; kx takes EIO. Up to 6.16 the devices that were suspended before it stayed so; later they are resumed.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f suspend_fails devices`,
    cite: "linux:dpm_suspend_start",
  },
  {
    rule: "device-not-suspended-late",
    title: "A device cannot be suspended late before the jump",
    explanation:
      "A driver's error in late or noirq suspend is handed to the caller, after all devices were resumed; kx takes EIO.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f suspend_fails devices_late`,
    cite: "linux:dpm_suspend_end",
  },
  {
    rule: "processor-not-offline",
    title: "A processor cannot be taken offline before the jump",
    explanation:
      "Only the boot processor makes the jump. Where another cannot be taken offline those that were come back, and so do the devices.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f suspend_fails cpus`,
    cite: "linux:suspend_disable_secondary_cpus",
  },
  {
    rule: "core-not-suspended",
    title: "The system core cannot be suspended before the jump",
    explanation:
      "Timers and interrupt controllers are suspended last, with interrupts off. An error there undoes everything; kx takes EIO.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f suspend_fails core`,
    cite: "linux:syscore_suspend",
  },
];

export const EXECUTION_HAZARDS: readonly HazardText[] = [
  {
    code: "triple-fault",
    title: "The processor shuts down",
    explanation:
      "Past the point of no return the descriptor tables are void. An exception cannot be delivered, the exception about that neither, and the third one resets the machine, silently. kx tells which access failed, at which level of the walk, what the entry holds and who wrote its page.",
    cite: "linux:machine_kexec",
  },
  {
    code: "exception-handled",
    title: "An exception was caught, and the machine stands still",
    explanation:
      "Since 6.15 the control page holds an IDT. Whatever faults between the switch of page tables and the moment when the image loads an IDT of its own is caught there: the registers are printed if `earlyprintk` named a serial port, and the processor halts. Earlier kernels reset the machine at the same place, so that a watchdog or a reboot loop hid what a standing machine now shows.",
    cite: "linux:kexec_debug_idt",
  },
  {
    code: "list-without-end",
    title: "The copy loop never ends",
    explanation:
      "The relocation code follows the indirection list that is in memory when it runs. A list that leads back to one of its own pages has no end: the machine is silent for ever.",
    cite: "linux:swap_pages",
  },
  {
    code: "destination-not-memory",
    title: "A destination has no memory behind it",
    explanation:
      "kexec_load does not look at the memory map for a default image. What is copied into ROM, into a hole or over a device is lost without a word.",
    cite: "linux:swap_pages",
  },
  {
    code: "destination-mismatch",
    title: "A segment is not what was loaded",
    explanation:
      "After the copying each destination must hold the segment's bytes and then zeros. It does not where a source page, a page of the list or a crash segment was overwritten since the load. Only an image that verifies a digest notices.",
    cite: "linux:swap_pages",
  },
  {
    code: "footprint-over-segment",
    title: "A segment overwrites another once it runs",
    explanation:
      "A compressed kernel needs init_size bytes from where it runs, far more than it was loaded to. What lies there, an initrd or a command line, is overwritten before the kernel looks at it. A loader has to leave that room.",
    example:
      `${MACHINE}image next : default {\n  segment kernel at 16MiB size 8MiB fill 0x90 runs_to 40MiB\n  segment initrd at 32MiB size 4MiB fill 0x42\n}\nload next`,
    cite: "linux:bzImage64_load",
  },
  {
    code: "footprint-outside-memory",
    title: "A segment grows out of its memory once it runs",
    explanation:
      "A compressed kernel writes init_size bytes from where it runs. Beyond the end of RAM that faults or is lost. Beyond the crash region a crash kernel overwrites the memory of the kernel that died: what the dump is for.",
    example:
      `${MACHINE}image next : default {\n  segment kernel at 490MiB size 8MiB fill 0x90 runs_to 40MiB\n}\nload next`,
    cite: "linux:bzImage64_load",
  },
  {
    code: "entry-without-code",
    title: "Nothing was ever put at the entry point",
    explanation: "The processor runs whatever is there: zeros are an instruction too.",
    cite: "linux:kimage_alloc_init",
  },
  {
    code: "image-wrote-outside",
    title: "A preserved image wrote where nothing is put back",
    explanation:
      "A jump exchanges the destination pages and nothing else. What the image writes elsewhere stays in the kernel's memory, and is found out later or never.",
    cite: "linux:swap_pages",
  },
  {
    code: "devices-left-suspended",
    title: "Devices stay suspended after a jump that was not made",
    explanation:
      "Up to 6.16 a device that cannot be suspended makes the kernel jump past the place where devices are resumed. The system call fails, the machine goes on, and the disks and network cards that were suspended before it do not answer.",
    example:
      `${MACHINE}image f : default preserve { segment code at 16MiB size 4KiB zeros }\nload f\ncall f suspend_fails devices`,
    cite: "linux:kernel_kexec",
  },
  {
    code: "devices-left-running",
    title: "Devices go on while a preserved image runs",
    explanation:
      "In the proposal of December 2007 devices are put to sleep only for an image that was loaded with the flag for them. Without it a network card goes on writing into its buffers, and where a destination lay over one the image's pages are there now. That is meant for a short call of firmware that touches no device. `image NAME : default preserve devices { … }` asks for more.",
    example:
      `${PROPOSAL}image f : default preserve { segment code at 32MiB size 4KiB zeros }\nload f\ncall f`,
    cite: "thread:kexec jump, December 2007",
  },
  {
    code: "promise-broken",
    title: "The image touched what it promised to leave alone",
    explanation:
      "In the proposal of December 2007 an image without the flag `cpu_ext` is a function that leaves FPU, descriptor tables and segment registers as they are; so the kernel neither saves nor restores them. One that loads a GDT all the same leaves the kernel with it.",
    example:
      `${PROPOSAL}program p() {\n  load_gdt\n  return 1\n}\nimage f : default preserve { segment code at 32MiB size 4KiB program p }\nload f\ncall f`,
    cite: "thread:kexec jump, December 2007",
  },
  {
    code: "resumed-memory-lost",
    title: "A kernel wakes up without some of its memory",
    explanation:
      "Hibernation through a second kernel writes memory to a disk and lets a third one put it back. What the dump left out holds something else when the first kernel wakes up, and it cannot know. Only the window that the second kernel ran in may be left out: its old contents wait in source pages, which are memory like any other.",
    cite: "linux:relocate_kernel",
  },
  {
    code: "next-entry-garbage",
    title: "The next jump would go astray",
    explanation:
      "On the way back the word on top of the stack becomes the entry point of the next jump. An image that returned plainly left none there before 6.14: the word is the first one of the page behind the swap page.",
    cite: "linux:machine_kexec",
  },
  {
    code: "return-to-nowhere",
    title: "The image returned to an address that nobody put there",
    explanation:
      "An image that is not preserved finds a zero on its stack, or since 6.14 for some time whatever lies behind the control page. Whoever returns from it runs what is there.",
    cite: "linux:relocate_kernel",
  },
  {
    code: "program-halted",
    title: "A program halted the processor",
    explanation: "Interrupts are off, so nothing wakes it.",
    cite: "kx:programs",
  },
  {
    code: "program-never-returns",
    title: "A program never returns",
    explanation:
      "The kernel waits for ever: all other processors are offline and interrupts are off. kx stops looking after 100000 steps.",
    cite: "kx:programs",
  },
];
