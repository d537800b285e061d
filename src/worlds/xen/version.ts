/**
 * What changed from release to release of Xen. Every rule that is not the same in all modelled
 * releases has a name here, so that the routines ask for a rule and never for a number.
 *
 * A version without a patch level means the newest stable release of its series. Releases before
 * 4.2 get the rules of 4.2.
 */
import { isAtLeast, parseVersion, type Version } from "../../machine/mod.ts";

export interface Features {
  readonly version: Version;
  /** Ops 4 and 5, the image in Xen's own memory: since 4.4. [xen:kexec_load] */
  readonly loadsItself: boolean;
  /** Ops 1 and 2 are still there: up to 4.22. [xen:kexec_load_v1] */
  readonly v1: boolean;
  /** Ops 1 and 2 become an image of Xen's own: 4.4 to 4.22. Before, Xen calls the guest's code. */
  readonly v1Converts: boolean;
  /** An image of op 1 has its destinations and 0 … 1 MiB mapped: 4.4.3, 4.5.2, 4.6. */
  readonly v1MapsDestinations: boolean;
  /**
   * Without a page for the list a load goes on and finds out when it writes a word: 4.4.0 alone.
   * [xen:do_kimage_alloc]
   */
  readonly missesListPage: boolean;
  /** Op 6: since 4.9. [xen:kexec_status] */
  readonly status: boolean;
  /** One kexec call at a time, the others try again: since 4.9. [xen:do_kexec_op] */
  readonly serialises: boolean;
  /**
   * A slot that is emptied loses its pointer, so that nothing is freed twice: since 4.9, and 4.8.2,
   * 4.7.3 and 4.6.6 by backports. [xen:kexec_swap_images]
   */
  readonly emptiesSlots: boolean;
  /** Pages without an owner are zeroed when they are given back: since 4.5. [xen:free_domheap_pages] */
  readonly wipesFreed: boolean;
  /** An op without a meaning is refused, EOPNOTSUPP: since 4.22. Before, it answers 0. */
  readonly refusesUnknown: boolean;
  /** `crashkernel=SIZE<LIMIT`: since 4.8. */
  readonly crashLimit: boolean;
  /** `crashkernel=SIZE,below=LIMIT`: since 4.10. */
  readonly crashBelow: boolean;
  /** Keys of `crash-debug=` run before the crash image: since 4.15. */
  readonly crashDebug: boolean;
  /** CET and the levelling of CPUID are undone before the default image too: since 4.17. */
  readonly resetsBeforeDefault: boolean;
  /** The relocation code loads an empty IDT for every image, and jumps instead of calling: since 4.22. */
  readonly emptyIdt: boolean;
  /** Where Xen maps the start of its own text. [xen:XEN_VIRT_START] */
  readonly virtStart: bigint;
  /** Where `kexec_reloc` is in it; builds differ. */
  readonly relocVaddr: bigint;
}

/** Of the build that was observed: 4.17.7 of Debian 12. */
const RELOC_OFFSET = 0x204000n;

export function featuresOf(text: string): Features {
  const version = parseVersion(text) ?? { text, major: 0, minor: 0 };
  const since = (major: number, minor: number, patch = 0) =>
    isAtLeast(version, major, minor, patch);
  const backported = (minor: number, patch: number) =>
    version.major === 4 && version.minor === minor && since(4, minor, patch);
  const virtStart = since(4, 14) ? 0xffff82d040000000n : 0xffff82d080000000n;
  return {
    version,
    loadsItself: since(4, 4),
    v1: !since(4, 23),
    v1Converts: since(4, 4) && !since(4, 23),
    v1MapsDestinations: since(4, 6) || backported(5, 2) || backported(4, 3),
    missesListPage: since(4, 4) && !since(4, 4, 1),
    status: since(4, 9),
    serialises: since(4, 9),
    emptiesSlots: since(4, 9) || backported(8, 2) || backported(7, 3) || backported(6, 6),
    wipesFreed: since(4, 5),
    refusesUnknown: since(4, 22),
    crashLimit: since(4, 8),
    crashBelow: since(4, 10),
    crashDebug: since(4, 15),
    resetsBeforeDefault: since(4, 17),
    emptyIdt: since(4, 22),
    virtStart,
    relocVaddr: virtStart + RELOC_OFFSET,
  };
}
