/** Rules about who may load and when. */
import type { RuleText } from "../../../machine/mod.ts";
import { example, IMAGE } from "./example.ts";

export const POLICY_RULES: readonly RuleText[] = [
  {
    rule: "needs-cap-sys-boot",
    title: "Only those who may reboot may load",
    explanation:
      "Loading, unloading too, needs CAP_SYS_BOOT. It is asked before anything else of the call is looked at, so a call that is wrong in other ways as well gives EPERM.",
    example: example(IMAGE, "load a as nonroot fails EPERM"),
    cite: "linux:kexec_load_permitted",
  },
  {
    rule: "load-disabled",
    title: "Loading was switched off until the next boot",
    explanation:
      "kernel.kexec_load_disabled can be set to 1 and never back. From then on nothing is loaded or unloaded; what was loaded before stays, can still be started, and is started by a panic.",
    example: example(IMAGE, "sysctl kexec_load_disabled = 1", "load a fails EPERM"),
    cite: "linux:kexec_load_permitted",
  },
  {
    rule: "load-limit-reached",
    title: "The number of loads is used up",
    explanation:
      "Since 6.3 kernel.kexec_load_limit_reboot and kernel.kexec_load_limit_panic count down with every load or unload of a default or a crash image, before anything else is checked: a call that fails later has used one up too. At 0 every further call is refused.",
    example: example(IMAGE, "load a fails EPERM").replace("linux 6.1", "linux 6.6")
      .replace('crashkernel=128M"', 'crashkernel=128M"; sysctl kexec_load_limit_reboot = 0'),
    cite: "linux:kexec_load_permitted",
  },
  {
    rule: "locked-down",
    title: "Lockdown lets no image in without a signature",
    explanation:
      "Under lockdown, integrity or confidentiality, kexec_load is refused: what it loads cannot be verified and could undo the lockdown. Distributions lock down when firmware verified the boot.",
    example: example(IMAGE, "load a fails EPERM").replace(
      'crashkernel=128M"',
      'crashkernel=128M"; lockdown integrity',
    ),
    cite: "linux:security_locked_down",
  },
  {
    rule: "no-such-call",
    title: "The kernel was built without this system call",
    explanation:
      "Without KEXEC or KEXEC_FILE the system call is not there at all: ENOSYS, whoever asks.",
    example: example("kexec_file_load fails ENOSYS { kernel bzImage; flags 4 }")
      .replace('crashkernel=128M"', 'crashkernel=128M"; config KEXEC_FILE off'),
    cite: "linux:SYSCALL kexec_file_load",
  },
  {
    rule: "kernel-signature",
    title: "The kernel has to be signed",
    explanation:
      "kexec_file_load looks at the kernel's signature after reading it. Where signatures are enforced an unsigned kernel gives ENODATA; under lockdown, where nothing else vouches for the file, EPERM.",
    example: example("kexec_file_load fails EPERM { kernel bzImage; flags 4 }")
      .replace('crashkernel=128M"', 'crashkernel=128M"; lockdown integrity'),
    cite: "linux:kimage_validate_signature",
  },
  {
    rule: "kexec-busy",
    title: "Somebody else is inside a kexec call",
    explanation:
      "One lock guards both slots and the crash region, and it is only ever tried: a second caller gets EBUSY at once. A panic tries it too, and starts no crash image if it is taken.",
    example: example(IMAGE, "hold kexec_lock", "load a fails EBUSY"),
    cite: "linux:kexec_trylock",
  },
  {
    rule: "reboot-needs-root",
    title: "Only those who may reboot may start an image",
    explanation: "reboot(2) needs CAP_SYS_BOOT, whatever it is asked to do.",
    example: example("exec as nonroot fails EPERM"),
    cite: "linux:SYSCALL reboot",
  },
  {
    rule: "nothing-loaded",
    title: "There is no default image to start",
    explanation:
      "reboot with LINUX_REBOOT_CMD_KEXEC starts the default image. A crash image does not count.",
    example: example("exec fails EINVAL"),
    cite: "linux:kernel_kexec",
  },
];
