/** What kexec_file_load finds wrong with files, signatures and the command line. */
import type { Decision, FileBytes, Refusal } from "../../machine/mod.ts";
import { realModeSize, type SetupHeader } from "./bzimage.ts";
import { FILE_NO_INITRAMFS, type FileLoadCall, type OpenFile } from "./file_arguments.ts";
import { isConfigured, SETTING } from "./kernel.ts";
import { lockedDown } from "./permission.ts";
import { type Check, check, type Run } from "./steps.ts";

const PREPARE = "linux:kimage_file_prepare_segments";

/** Bytes. [linux:KEXEC_FILE_SIZE_MAX] */
const FILE_SIZE_MAX = 2 ** 32;

/** More than this cannot be had in one piece of kernel memory. [linux:KMALLOC_MAX_SIZE] */
const KMALLOC_MAX = 4n * 2n ** 20n;

/** Room that a crash kernel's command line must leave. [linux:MAX_ELFCOREHDR_STR_LEN] */
export const ELFCOREHDR_WORDS = 30;

export function cannotRead(what: string, open: OpenFile): Check {
  const common = {
    rule: `${what}-unreadable`,
    nature: "arguments",
    cite: "linux:kernel_read_file",
  } as const;
  const remedy = "A regular file, opened for reading";
  switch (open.kind) {
    case "none":
      return {
        ...common,
        errno: "EBADF",
        message: `the descriptor of the ${what} is not open`,
        remedy,
      };
    case "wronly":
      return { ...common, errno: "EBADF", message: `the ${what} is not open for reading`, remedy };
    case "dir":
      return { ...common, errno: "EINVAL", message: `the ${what} is a directory`, remedy };
    case "file":
      if (open.file.size === 0) {
        return { ...common, errno: "EINVAL", message: `${open.file.name} is empty`, remedy };
      }
      if (open.file.size > FILE_SIZE_MAX) {
        return {
          ...common,
          errno: "EFBIG",
          message: `${open.file.name} is larger than 4 GiB`,
          remedy,
        };
      }
      return undefined;
  }
}

export function notAKernel(file: FileBytes, why: string): Refusal {
  return {
    rule: "not-a-kernel",
    errno: "ENOEXEC",
    nature: "arguments",
    message: `${file.name} is no bzImage that this kernel can load: ${why}`,
    remedy: "A 64-bit bzImage of boot protocol 2.12 or newer",
    cite: "linux:bzImage64_probe",
  };
}

/**
 * Simplified: no file of kx carries a signature, so this asks only whether one is needed. IMA is
 * taken to appraise nothing.
 */
export function badSignature(run: Run): Check {
  const { settings } = run.machine;
  const cite = "linux:kimage_validate_signature";
  if (isConfigured(settings, "KEXEC_SIG_FORCE")) {
    return {
      rule: "kernel-signature",
      errno: "ENODATA",
      nature: "policy",
      message: "the kernel is not signed, and signatures are enforced (KEXEC_SIG_FORCE)",
      remedy: "A kernel that is signed with a key the running one trusts",
      cite,
    };
  }
  const level = settings.get(SETTING.lockdown);
  return typeof level === "string" && level !== "none" && run.features.lockdown
    ? { ...lockedDown(level), rule: "kernel-signature", remedy: "A signed kernel", cite }
    : undefined;
}

export function* checkInitrd(run: Run, call: FileLoadCall): Decision<Check> {
  const wanted = (call.flags & FILE_NO_INITRAMFS) === 0n;
  const bad = wanted ? cannotRead("initrd", call.initrd) : undefined;
  const hint = bad === undefined
    ? undefined
    : { ...bad, remedy: `${bad.remedy}; or NO_INITRAMFS (4)` };
  return yield* check(run, "initrd-unreadable", "linux:kernel_read_file", hint);
}

export function* checkCmdline(run: Run, call: FileLoadCall, header: SetupHeader): Decision<Check> {
  const length = call.cmdlineLength;
  return (yield* check(run, "cmdline-unreadable", PREPARE, unreadableCmdline(call))) ??
    (yield* check(run, "cmdline-not-terminated", PREPARE, unterminated(call))) ??
    (yield* check(run, "kernel-truncated", "linux:bzImage64_load", truncated(header))) ??
    (yield* check(
      run,
      "cmdline-too-long",
      "linux:bzImage64_load",
      tooLong(Number(length), call.slot === "crash", header),
    ));
}

function unreadableCmdline(call: FileLoadCall): Check {
  if (call.cmdlineLength === 0n) return undefined;
  if (call.cmdlineLength > KMALLOC_MAX) {
    return {
      rule: "cmdline-unreadable",
      errno: "ENOMEM",
      nature: "resources",
      message:
        `a command line of ${call.cmdlineLength} bytes does not fit one piece of kernel memory`,
      remedy: "Fewer than 2048 bytes are enough for every kernel",
      cite: PREPARE,
    };
  }
  return call.cmdlineReadable ? undefined : {
    rule: "cmdline-unreadable",
    errno: "EFAULT",
    nature: "arguments",
    message: "the pointer to the command line cannot be read",
    remedy: "A pointer to the text, or a length of 0",
    cite: PREPARE,
  };
}

function unterminated(call: FileLoadCall): Check {
  const length = Number(call.cmdlineLength);
  if (length === 0 || (call.cmdline[length - 1] ?? 0) === 0) return undefined;
  return {
    rule: "cmdline-not-terminated",
    errno: "EINVAL",
    nature: "arguments",
    message: `byte ${length - 1} of the command line, the last by its length, is not NUL`,
    remedy: `A length of ${call.cmdline.length + 1}, the NUL included`,
    cite: PREPARE,
  };
}

function truncated(header: SetupHeader): Check {
  return header.fileSize >= realModeSize(header) ? undefined : {
    rule: "kernel-truncated",
    errno: "ENOEXEC",
    nature: "arguments",
    message: `the file has ${header.fileSize} bytes, fewer than its ${
      realModeSize(header)
    } of real-mode code`,
    remedy: "The whole file",
    cite: "linux:bzImage64_load",
  };
}

function tooLong(length: number, crash: boolean, header: SetupHeader): Check {
  const needed = length + (crash ? ELFCOREHDR_WORDS : 0);
  if (needed <= header.cmdlineSize) return undefined;
  return {
    rule: "cmdline-too-long",
    errno: "EINVAL",
    nature: "arguments",
    message: `${length} bytes of command line${
      crash ? `, and ${ELFCOREHDR_WORDS} for elfcorehdr=,` : ""
    } are more than the new kernel's ${header.cmdlineSize}`,
    remedy: `At most ${
      header.cmdlineSize - (crash ? ELFCOREHDR_WORDS : 0)
    } bytes, the NUL included`,
    cite: "linux:bzImage64_load",
  };
}
