/** What `crashkernel=` means and where Xen puts the region, by version of Xen. */
import { isAtLeast, type Version } from "../../../machine/mod.ts";

const MIB = 2 ** 20;

export interface CrashkernelRules {
  /** `size<limit`: since 4.8. [xen:parse_crashkernel] */
  readonly limit: boolean;
  /** `size,below=limit`: since 4.10. */
  readonly below: boolean;
  /** Up to 4.7 what follows a size is passed over in silence. */
  readonly saysIgnored: boolean;
  /** 4.8 to 4.12 say "'' ignored" where nothing follows the size either, and 4.10 on call it invalid. */
  readonly ignoresNothing: boolean;
  /** A parameter that its parser rejects is told: since 4.10. [xen:parse_params] */
  readonly saysInvalid: boolean;
  /** The suffix `T`: since 4.5. [xen:parse_size_and_unit] */
  readonly tera: boolean;
  /** A percent sign instead of a unit: since 4.12. [xen:parse_size_and_unit] */
  readonly percent: boolean;
  /** Bytes kept of one word of the command line, its terminator included. */
  readonly wordBytes: number;
  /** No part of RAM below this is used for relocating: 16 MiB up to 4.13, then 2 MiB. */
  readonly lowestMaddr: number;
  /** Where Xen's image begins in the memory that it relocates itself to. [xen:XEN_IMG_OFFSET] */
  readonly imageOffset: number;
  /** The space below the relocated image is given out too: since 4.14. */
  readonly usesOffset: boolean;
  /** How the addresses of a log line are written: 4.2 as `0x%lx`, later `%#lx`, which says 0 as `0`. */
  readonly hashFormat: boolean;
}

export function crashkernelRules(version: Version): CrashkernelRules {
  const since = (minor: number) => isAtLeast(version, 4, minor);
  return {
    limit: since(8),
    below: since(10),
    saysIgnored: since(8),
    ignoresNothing: since(8) && !since(13),
    saysInvalid: since(10),
    tera: since(5),
    percent: since(12),
    wordBytes: since(10) ? 128 : 100,
    lowestMaddr: since(14) ? 2 * MIB : 16 * MIB,
    imageOffset: since(9) ? 2 * MIB : MIB,
    usesOffset: since(14),
    hashFormat: since(3),
  };
}
