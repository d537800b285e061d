/** Rules of sysfs files and sysctls. */
import type { RuleText } from "../../../machine/mod.ts";
import { example } from "./example.ts";

export const SETTING_RULES: readonly RuleText[] = [
  {
    rule: "file-needs-root",
    title: "Only root may write here",
    explanation:
      "The file's mode refuses before the kernel's own code is asked: EACCES, not EPERM.",
    example: example("shrink 64MiB as nonroot fails EACCES"),
    cite: "linux:kexec_crash_size_store",
  },
  {
    rule: "unknown-file",
    title: "There is no such file",
    explanation: "kx models /sys/kernel/kexec_crash_size, and sysctls under /proc/sys.",
    example: example('write "/sys/kernel/no_such_file" "1" fails ENOENT'),
    cite: "linux:kexec_crash_size_store",
  },
  {
    rule: "not-a-number",
    title: "The text is no number",
    explanation:
      "Decimal, 0x… or 0…, one newline at the end, nothing else: no suffix, no sign, no blank. The text is looked at before anything else.",
    example: example('write "/sys/kernel/kexec_crash_size" "64M" fails EINVAL'),
    cite: "linux:kexec_crash_size_store",
  },
  {
    rule: "crash-image-loaded",
    title: "The crash region cannot shrink under an image",
    explanation: "ENOENT while a crash image is loaded, whatever the size, the present one too.",
    example: example(
      "image c : crash { segment text at 0x3800_0000 size 4KiB fill 0x90 }",
      "load c",
      "shrink 64MiB fails ENOENT",
    ),
    cite: "linux:crash_shrink_memory",
  },
  {
    rule: "crash-size-grows",
    title: "The crash region cannot grow",
    explanation:
      "The new size, rounded up to a page, may be equal or smaller. What was given back does not return before the next boot.",
    example: example("shrink 256MiB fails EINVAL"),
    cite: "linux:crash_shrink_memory",
  },
  {
    rule: "unknown-sysctl",
    title: "There is no such sysctl",
    explanation:
      "kernel.kexec_load_disabled; since 6.3 kernel.kexec_load_limit_panic and …_reboot.",
    example: example("sysctl kexec_load_enabled = 1 fails ENOENT"),
    cite: "linux:kexec_core_sysctls",
  },
  {
    rule: "sysctl-value",
    title: "The sysctl does not take this value",
    explanation:
      "kexec_load_disabled takes only 1. A limit takes a number from 0 on, once; after that only lower ones.",
    example: example("sysctl kexec_load_disabled = 0 fails EINVAL"),
    cite: "linux:kexec_core_sysctls",
  },
];
