/** Numbers as the kernel's messages and kx's refusals write them. */

const PAGE = 4096n;

/** `0x1a000000`. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** Unsigned 64 bits, as every register holds it. */
export function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** `[0x1000, 0x3000)` */
export function span(start: number | bigint, end: number | bigint): string {
  return `[${hex(start)}, ${hex(end)})`;
}

/** Pages that `bytes` fill, the last one perhaps in part; wraps like the kernel's own macro. */
export function pageCount(bytes: bigint): bigint {
  return u64(bytes + PAGE - 1n) / PAGE;
}

export function pages(count: number | bigint): string {
  return `${count} page${BigInt(count) === 1n ? "" : "s"}`;
}

/**
 * What `kstrtoul` with base 0 makes of a text: decimal, `0x` hexadecimal or `0` octal, one newline
 * at the end allowed, a plus before it too. Undefined where it says EINVAL or ERANGE.
 * [linux:kstrtoull]
 */
export function parseUnsigned(text: string): bigint | undefined {
  const m = /^\+?(0[xX][0-9a-fA-F]+|[0-9]+)\n?$/.exec(text);
  if (m === null) return undefined;
  let digits = m[1]!;
  if (/^0[0-9]/.test(digits)) {
    if (/[89]/.test(digits)) return undefined;
    digits = `0o${digits.slice(1)}`;
  }
  const value = BigInt(digits.toLowerCase());
  return value < 1n << 64n ? value : undefined;
}
