/** Rules of kexec_file_load. */
import type { RuleText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

function file(errno: string, clauses: string): string {
  return example(`kexec_file_load fails ${errno} { ${clauses} }`);
}

export const FILE_RULES: readonly RuleText[] = [
  {
    rule: "unknown-file-flags",
    title: "A flag of kexec_file_load is unknown",
    explanation:
      "All 64 bits are compared, so an architecture, which kexec_load wants, is refused here. Flags come before the descriptors.",
    example: file("EINVAL", "kernel bzImage; flags 0x3e_0000"),
    cite: "linux:SYSCALL kexec_file_load",
  },
  {
    rule: "kernel-unreadable",
    title: "The kernel cannot be read",
    explanation:
      "EBADF for a descriptor that is not open, or not for reading; EINVAL for a directory or an empty file. A loaded crash image is gone by then.",
    example: file("EBADF", "kernel none; flags 4"),
    cite: "linux:kernel_read_file",
  },
  {
    rule: "not-a-kernel",
    title: "The file is no kernel that can be loaded",
    explanation:
      "On x86_64 only a bzImage with a 64-bit entry point, of boot protocol 2.12 or newer, that can be loaded above 4 GiB; on a kernel with 5-level paging one that knows about it.",
    example: file("ENOEXEC", "kernel garbage; flags 4"),
    cite: "linux:bzImage64_probe",
  },
  {
    rule: "kernel-truncated",
    title: "The kernel is shorter than its real-mode code",
    explanation: "The header says how many sectors come before the part that is loaded.",
    example: "",
    cite: "linux:bzImage64_load",
  },
  {
    rule: "initrd-unreadable",
    title: "The initrd cannot be read",
    explanation:
      "It is read unless the flag NO_INITRAMFS (4) is given; then its descriptor does not matter.",
    example: file("EBADF", "kernel bzImage; initrd none"),
    cite: "linux:kernel_read_file",
  },
  {
    rule: "cmdline-unreadable",
    title: "The command line cannot be read",
    explanation: "With a length of 0 it is not looked at; a length of more than 4 MiB is ENOMEM.",
    example: file("EFAULT", 'kernel bzImage; cmdline "quiet"; cmdline_pointer bad; flags 4'),
    cite: "linux:kimage_file_prepare_segments",
  },
  {
    rule: "cmdline-not-terminated",
    title: "The command line does not end with NUL",
    explanation: "The length counts the final NUL.",
    example: file("EINVAL", 'kernel bzImage; cmdline "quiet"; cmdline_len 5; flags 4'),
    cite: "linux:kimage_file_prepare_segments",
  },
  {
    rule: "cmdline-too-long",
    title: "The command line is too long for the new kernel",
    explanation:
      "Its header says how much it takes; for a crash image `elfcorehdr=…` needs 30 bytes of that.",
    example: file("EINVAL", 'kernel bzImage; cmdline "quiet"; cmdline_len 2048; flags 4'),
    cite: "linux:bzImage64_load",
  },
  {
    rule: "no-hole-for-loader",
    title: "kexec-tools finds no room for what it adds",
    explanation:
      "A purgatory, a backup of low memory and a core header go to the highest free memory that holds them: RAM less the image's segments, or the crash region less them. Where nothing is left the tool says that it could not find a free area of memory, and does not call the kernel; what is loaded stays.",
    example: example(
      "image full : default {\n  segment low at 0 size 636KiB zeros\n  segment rest at 1MiB size 1023MiB buffer 0 zeros\n  purgatory kexec_tools\n}",
      "load full fails EADDRNOTAVAIL",
    ),
    cite: "kexec-tools:locate_hole",
  },
  {
    rule: "no-place-for-file",
    title: "There is no place for a file",
    explanation:
      "Each part is placed in RAM beside those before it, or for a crash image in the main crash region. The largest is the kernel with the memory that it needs while it starts.",
    example: file("EADDRNOTAVAIL", "kernel bzImage; flags 6").replace(
      "crashkernel=128M",
      "crashkernel=32M",
    ),
    cite: "linux:kexec_locate_mem_hole",
  },
];
