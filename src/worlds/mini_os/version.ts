/**
 * The releases of Mini-OS that were studied. The kexec module came with a series of patches that was
 * posted twice; the numbers of a release are names here, since none of them is a version number.
 */

/** Oldest first. `growing` is a proposal: `fixed`, with a module that is resized at boot. */
export const RELEASES = ["2d3b22f8", "v1", "v2", "fixed", "growing"] as const;
export type Release = (typeof RELEASES)[number];

/** What a release does. Every rule that is not the same in all of them has a name here. */
export interface Features {
  readonly release: Release;
  /** There is a kexec module at all: since v1 12/19. */
  readonly hasModule: boolean;
  /** The start of a module that was found is remembered: since v2 07/14. [minios:kexec_check_module] */
  readonly remembersFoundModule: boolean;
  /** The record table begins at an even offset: since v2 07/14. [minios:kexec_module] */
  readonly alignsRecordTable: boolean;
  /** Records, and pages that belong to them: v2 08/14. The bodies of v1 13/19 are in no store. */
  readonly hasRecords: boolean;
  /** A kernel without a module does not touch one: in no posted patch. */
  readonly guardsNoModule: boolean;
  /** Every page of the window is looked at: in no posted patch. [minios:kexec_alloc_mod_pages] */
  readonly looksAtWholeWindow: boolean;
  /** Found modules are looked at beyond the size and the eye catcher: in no posted patch. */
  readonly checksContents: boolean;
  /** A kernel that would lie over the module is refused: in no posted patch. */
  readonly checksModuleAboveKernel: boolean;
  /** Pages of modules and of the start info are kept from the page allocator: since the series. */
  readonly protectsBootPages: boolean;
  /** Page tables and bitmap go where no module lies: in no posted patch. [minios:init_page_allocator] */
  readonly keepsOffModules: boolean;
  /** The bitmap has a bit for every page: in no posted patch. [minios:init_page_allocator] */
  readonly coversAllPages: boolean;
  /** What is mapped above the first GiB is mapped to itself: in no posted patch. [minios:build_pagetable] */
  readonly mapsHighMemory: boolean;
  /** The pointers of the start info are final addresses: since the series (v1 06/19). */
  readonly finalAddresses: boolean;
  /** Scratch space for foreign mappings is kept out of the map that is passed on: since the series. */
  readonly softReserved: boolean;
  /** Scratch space begins at a page, whatever lies before it: since v2. [minios:e820_get_reserved_pfns] */
  readonly alignsScratch: boolean;
  /** The page of the local APIC does not count as an allocated one: since the series. */
  readonly lapicNotCounted: boolean;
  /** Live grants are kept off the free list at boot: since v1 03/19. [minios:init_gnttab keeping live entries] */
  readonly keepsLiveGrants: boolean;
  /** The timer is unbound before a kexec: since v1 04/19. [minios:init_time] */
  readonly unbindsTimer: boolean;
  /** The list walk takes the next link before it takes the chunk: in no posted patch. [minios:reserve_memory_below] */
  readonly walksListSafely: boolean;
  /** A failed kexec() forgets its actions, its boundary and its entry point: in no posted patch. [minios:kexec] */
  readonly forgetsFailedAttempt: boolean;
  /** The final page is known to be none until it was allocated: in no posted patch. [minios:kexec] */
  readonly initialisesFinalPage: boolean;
  /** The page of the final stage must lie below 4 GiB: in no posted patch. [minios:do_kexec] */
  readonly keepsFinalPageLow: boolean;
  /** The entry point must lie in something that is loaded: in no posted patch. [minios:read_note_entry] */
  readonly checksEntry: boolean;
  /** A full list of actions is a positive number wherever it is met: in no posted patch. [minios:kexec_add_action] */
  readonly givesPositiveErrors: boolean;
  /** `note`, `program header` and section lengths are held against the size of the file: in no posted patch. */
  readonly checksFileSize: boolean;
  /** The module is resized when the kernel's own page count is larger. [minios:thread growing the module] */
  readonly growsModule: boolean;
}

export function isRelease(text: string): text is Release {
  return (RELEASES as readonly string[]).includes(text);
}

/** A release that is not known has the rules of `v2`, the last that was posted. */
export function featuresOf(text: string): Features {
  const release: Release = isRelease(text) ? text : "v2";
  const rank = RELEASES.indexOf(release);
  const since = (first: Release) => rank >= RELEASES.indexOf(first);
  return {
    release,
    hasModule: since("v1"),
    remembersFoundModule: since("v2"),
    alignsRecordTable: since("v2"),
    hasRecords: since("v2"),
    guardsNoModule: release === "v1" || since("fixed"),
    looksAtWholeWindow: since("fixed"),
    checksContents: since("fixed"),
    checksModuleAboveKernel: since("fixed"),
    protectsBootPages: since("v1"),
    keepsOffModules: since("fixed"),
    coversAllPages: since("fixed"),
    mapsHighMemory: since("fixed"),
    finalAddresses: since("v1"),
    softReserved: since("v1"),
    alignsScratch: since("v2"),
    lapicNotCounted: since("v1"),
    keepsLiveGrants: since("v1"),
    unbindsTimer: since("v1"),
    walksListSafely: since("fixed"),
    forgetsFailedAttempt: since("fixed"),
    initialisesFinalPage: since("fixed"),
    keepsFinalPageLow: since("fixed"),
    checksEntry: since("fixed"),
    givesPositiveErrors: since("fixed"),
    checksFileSize: since("fixed"),
    growsModule: since("growing"),
  };
}
