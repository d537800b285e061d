/** Sizes in words. */

const UNITS = [["GiB", 30n], ["MiB", 20n], ["KiB", 10n]] as const;

/** `24 MiB`, `639 KiB`, `100 bytes`: the largest unit that leaves nothing over. */
export function describeSize(bytes: bigint): string {
  for (const [name, shift] of UNITS) {
    const count = bytes >> shift;
    if (count > 0n && count << shift === bytes) return `${count} ${name}`;
  }
  return `${bytes} bytes`;
}
