/**
 * What changed in `crashkernel=` on x86_64 from release to release.
 *
 * Two generations of code: up to 6.6 x86 had its own [linux:reserve_crashkernel]; since 6.7 it
 * shares [linux:reserve_crashkernel_generic] with the other architectures, and words every message
 * anew. Simplified: releases before 4.18 get the rules of 4.18, and what a distribution carried
 * back (`crashkernel=auto`, the rounding of RAM in RHEL 9) is not here.
 */
import { isAtLeast, type Version } from "../../../machine/mod.ts";

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

/** Bytes. A base that the kernel chooses is a multiple of this. [linux:CRASH_ALIGN] */
export const CRASH_ALIGN = 16 * MIB;

/** Bytes. 32-bit devices reach below; a region above wants a second one here. */
export const LOW_END = 4 * GIB;

/** Bytes. The crash kernel may run with 4-level paging. [linux:CRASH_ADDR_HIGH_MAX] */
export const HIGH_END = 64 * 2 ** 40;

export interface Rules {
  /** [linux:reserve_crashkernel_generic] instead of the x86 routine: since 6.7. */
  readonly generic: boolean;
  /** Bytes. Where the plain form looks first: 896 MiB before 5.2, because of old loaders. */
  readonly plainEnd: number;
  /** The plain form tries the high window when the low one has no room: since 5.2. */
  readonly fallsBackHigh: boolean;
  /** Bytes. Alignment that the Y of X@Y must have. */
  readonly fixedAlign: number;
  /** `range:size` compares RAM rounded up to 128 MiB, for what firmware keeps: since 6.0. */
  readonly roundsRam: boolean;
  /** A size of all RAM or more is dropped without a word: since 6.12. */
  readonly dropsWholeRam: boolean;
  /** A region exactly at 4 GiB gets a low part: everywhere but in 6.7, which compared with `>`. */
  readonly lowPartAt4GiB: boolean;
  /** `,cma`: since 6.17. */
  readonly cma: boolean;
  /** Says that it ignores the option in a Xen PV domain, and does. */
  readonly ignoredOnXenPv: boolean;
  /** 5.5 to 5.13 reserve the first MiB only for this option, and say so. */
  readonly saysLow1M: boolean;
  /** How the message about the low part names its last number. */
  readonly lowLimitIs: "System low RAM" | "low RAM limit";
  /** `range:` without a size behind it. */
  readonly noSizeMessage: string;
  /** `range:size@` without a number behind it; misspelt from 6.10 to 6.15. */
  readonly noOffsetMessage: string;
  /** `/sys/kernel/kexec_crash_size` counts the low part too: since 6.5. */
  readonly sizeCountsLow: boolean;
  /** The environment of init is logged before it starts: since 5.6. */
  readonly logsInitEnvironment: boolean;
}

export function rulesOf(version: Version): Rules {
  const since = (major: number, minor: number) => isAtLeast(version, major, minor);
  const generic = since(6, 7);
  return {
    generic,
    plainEnd: since(5, 2) ? LOW_END : 896 * MIB,
    fallsBackHigh: since(5, 2),
    fixedAlign: generic ? CRASH_ALIGN : MIB,
    roundsRam: since(6, 0),
    dropsWholeRam: since(6, 12),
    lowPartAt4GiB: !generic || since(6, 8),
    cma: since(6, 17),
    ignoredOnXenPv: since(4, 17),
    saysLow1M: since(5, 5) && !since(5, 14),
    lowLimitIs: since(5, 15) ? "low RAM limit" : "System low RAM",
    noSizeMessage: since(6, 10) ? "crashkernel: Memory value expected" : "Memory value expected",
    noOffsetMessage: since(6, 16)
      ? "crashkernel: Memory value expected after '@'"
      : since(6, 10)
      ? "crahskernel: Memory value expected after '@'"
      : "Memory value expected after '@'",
    sizeCountsLow: since(6, 5),
    logsInitEnvironment: since(5, 6),
  };
}
