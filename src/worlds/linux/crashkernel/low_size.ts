/** How much low memory a region above 4 GiB gets when the command line does not say. */
import { simpleStrtoull } from "./memparse.ts";
import { bootWords } from "./boot_words.ts";
import { MIB } from "./rules.ts";

/** Bytes in a slab of the bounce buffer, and the number of slabs that it is rounded up to. */
const SLAB_SHIFT = 11n;
const SLABS = 128n;

/** Bytes of the bounce buffer without `swiotlb=`. */
const DEFAULT_SWIOTLB = BigInt(64 * MIB);

/**
 * Bytes. The bounce buffer of the crash kernel and 8 MiB for other buffers, but at least 256 MiB.
 * [linux:crash_low_size_default]
 *
 * Simplified: encrypted guests enlarge their buffer, and so does a number of areas behind the number
 * of slabs; neither is modelled.
 */
export function defaultLowSize(cmdline: string): bigint {
  const size = swiotlbSize(cmdline) + BigInt(8 * MIB);
  const least = BigInt(256 * MIB);
  return size > least ? size : least;
}

/** The last `swiotlb=` that begins with a number decides. [linux:setup_io_tlb_npages] */
function swiotlbSize(cmdline: string): bigint {
  let size = DEFAULT_SWIOTLB;
  for (const { name, value } of bootWords(cmdline)) {
    if (name !== "swiotlb" || value === undefined || !/^[0-9]/.test(value)) continue;
    const slabs = (simpleStrtoull(value, 0).value + SLABS - 1n) / SLABS * SLABS;
    size = BigInt.asUintN(64, slabs << SLAB_SHIFT);
  }
  return size;
}
