/**
 * What changed from release to release. Every rule that is not the same in all modelled kernels has
 * a name here, so that the routines ask for a rule and never for a number.
 *
 * A version without a patch level means the newest stable release of its series, backports
 * included. Releases before 4.18 get the rules of 4.18.
 */
import { isAtLeast, parseVersion, type Version } from "../../machine/mod.ts";

export interface Features {
  readonly version: Version;
  /**
   * The segment array is copied before the lock is taken, so a bad pointer leaves the loaded crash
   * image alone: since 5.15. [linux:SYSCALL kexec_load]
   */
  readonly copiesArrayFirst: boolean;
  /**
   * The 32-bit call gives the number of bytes that it could not copy instead of EFAULT: since 5.15.
   * Suspect: nobody has meant that. [linux:COMPAT_SYSCALL kexec_load]
   */
  readonly compatReturnsBytesLeft: boolean;
  /** `security_locked_down`: since 5.4. */
  readonly lockdown: boolean;
  /** `kernel.kexec_load_limit_panic` and `_reboot`: since 6.3. [linux:kexec_load_permitted] */
  readonly loadLimits: boolean;
  /** KEXEC_UPDATE_ELFCOREHDR, 4: since 6.5. */
  readonly flagUpdateElfcorehdr: boolean;
  /** KEXEC_CRASH_HOTPLUG_SUPPORT, 8: since 6.10. */
  readonly flagHotplugSupport: boolean;
  /** KEXEC_FILE_DEBUG, 8: since 6.8. */
  readonly fileFlagDebug: boolean;
  /** KEXEC_FILE_NO_CMA, 0x10: since 6.17. */
  readonly fileFlagNoCma: boolean;
  /** KEXEC_FILE_FORCE_DTB, 0x20: since 6.18. */
  readonly fileFlagForceDtb: boolean;
  /**
   * The test whether a page is a destination takes inclusive ends, so a zero-length segment at 0
   * covers everything: since 6.8. [linux:kimage_is_destination_range]
   */
  readonly inclusiveDestinations: boolean;
  /** The cursor of crash control pages rests behind the last hole, not on its last byte: since 6.8. */
  readonly cursorBehindHole: boolean;
  /**
   * The root of the identity map is a page of its own and the control code needs one page; before,
   * both are one block of two. Since 6.14, and 6.6.78, 6.12.14 and 6.13.3 by backports; 6.1 had it
   * from .129 on and gave it up in .138, since there the kernel's own page-table code wrote behind
   * the one page. [linux:machine_kexec_prepare]
   */
  readonly separateRoot: boolean;
  /** The control code is mapped where the direct map has it, and copied when loading: since 6.14. */
  readonly codeCopiedAtLoad: boolean;
  /**
   * An IDT lies in the control page: since 6.15. What went wrong past the point of no return reset the
   * machine until then; now a handler prints the registers, if `earlyprintk` named a serial port, and
   * stands still. [linux:kexec_debug_idt]
   */
  readonly debugIdt: boolean;
  /**
   * Upper-level entries carry bit 58, which keeps them out of the user half: since 6.13, and
   * 6.6.66 and 6.12.5 by backports.
   */
  readonly markedUpperEntries: boolean;
  /** A 1 GiB page is used only for a GiB that is wanted as a whole: since 6.11. [linux:ident_pud_init] */
  readonly wholeGigapagesOnly: boolean;
  /** A table that cannot be had makes the load fail at once: since 5.11. [linux:ident_p4d_init] */
  readonly tableErrorsCount: boolean;
  /** ACPI tables and EFI tables are in the identity map: since 5.3. [linux:map_acpi_tables] */
  readonly mapsFirmwareTables: boolean;
  /** `kexec_crash_size` counts and shrinks the low region too: since 6.5. [linux:crash_shrink_memory] */
  readonly shrinksBoth: boolean;
  /** Shrinking the low region writes its new end into the main one: from 6.5 until mended in 6.18. */
  readonly shrinkWritesMain: boolean;
  /** The size is rounded up before it is compared with the present one: since 5.19. */
  readonly roundsSizeFirst: boolean;
  /** The first MiB always belongs to the kernel: since 5.13. [linux:setup_arch] */
  readonly keepsFirstMib: boolean;
  /** kexec_file_load looks from the highest range down: since 6.8. [linux:walk_system_ram_res_rev] */
  readonly fileFromHighest: boolean;
  /** kexec_file_load reaches the last byte of a range when going down: since 6.8. */
  readonly fileReachesEnd: boolean;
  /** The boot parameters hold a seed for the random generator: since 6.0. */
  readonly fileRandomSeed: boolean;
  /** The kernel goes no lower than where it prefers to be: since 6.10. [linux:bzImage64_load] */
  readonly fileRespectsPreferred: boolean;
  /**
   * kexec_file_load saves low memory for a crash kernel: until 5.5, where the kernel began to keep out
   * of the first MiB instead. [linux:bzImage64_load]
   */
  readonly fileBackup: boolean;
  /** Elf core headers leave room for processors and memory to come: since 6.5. */
  readonly crashHotplug: boolean;
  /** Where `relocate_kernel` is without KASLR; builds differ. */
  readonly relocateKernelVaddr: bigint;
}

export function featuresOf(text: string): Features {
  const version = releaseOf(text);
  const since = (major: number, minor: number, patch = 0) =>
    isAtLeast(version, major, minor, patch);
  /** Mended in `[major, minor]`, and in older series from a patch level on. */
  const sinceOr = (major: number, minor: number, backports: readonly [number, number, number][]) =>
    since(major, minor) ||
    backports.some(([a, b, c]) => version.major === a && version.minor === b && since(a, b, c));
  return {
    version,
    copiesArrayFirst: since(5, 15),
    compatReturnsBytesLeft: since(5, 15),
    lockdown: since(5, 4),
    loadLimits: since(6, 3),
    flagUpdateElfcorehdr: since(6, 5),
    flagHotplugSupport: since(6, 10),
    fileFlagDebug: since(6, 8),
    fileFlagNoCma: since(6, 17),
    fileFlagForceDtb: since(6, 18),
    inclusiveDestinations: since(6, 8),
    cursorBehindHole: since(6, 8),
    separateRoot: sinceOr(6, 14, [[6, 13, 3], [6, 12, 14], [6, 6, 78]]) ||
      isBetween(version, [6, 1, 129], 138),
    codeCopiedAtLoad: since(6, 14),
    debugIdt: since(6, 15),
    markedUpperEntries: sinceOr(6, 13, [[6, 12, 5], [6, 6, 66]]),
    wholeGigapagesOnly: sinceOr(6, 11, [[6, 10, 4], [6, 6, 45], [6, 1, 104], [5, 15, 165]]),
    tableErrorsCount: since(5, 11),
    mapsFirmwareTables: since(5, 3),
    shrinksBoth: since(6, 5),
    shrinkWritesMain: since(6, 5) && !sinceOr(6, 18, [[6, 17, 9], [6, 12, 59], [6, 6, 117]]),
    roundsSizeFirst: since(5, 19),
    keepsFirstMib: since(5, 13),
    fileFromHighest: since(6, 8),
    fileReachesEnd: since(6, 8),
    fileRandomSeed: since(6, 0),
    fileRespectsPreferred: since(6, 10),
    fileBackup: !since(5, 5),
    crashHotplug: since(6, 5),
    relocateKernelVaddr: since(6, 12) ? 0xffffffff81093000n : 0xffffffff8106d000n,
  };
}

/** Only patch levels of this series from the first one on and below the end. */
function isBetween(
  version: Version,
  [major, minor, patch]: readonly [number, number, number],
  end: number,
): boolean {
  return version.major === major && version.minor === minor && version.patch !== undefined &&
    version.patch >= patch && version.patch < end;
}

/**
 * `6.1.0-56-cloud-amd64` and `5.15.0-91-generic` name a distribution's interface: the 0 is no patch
 * level, so the kernel counts as the newest of its series. A text without a number is the oldest.
 */
function releaseOf(text: string): Version {
  const version = parseVersion(text) ?? { text, major: 0, minor: 0 };
  if (version.patch !== 0 || !/^v?\d+\.\d+\.0-\d/.test(text)) return version;
  return { text, major: version.major, minor: version.minor };
}
