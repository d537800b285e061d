/** How numbers look in panes: narrow, aligned, and the same everywhere. */

/** `0x0000_1a00_0000` would be too wide here: hex of `digits` digits at least. */
export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `4KiB`, `1.5GiB`: three figures at most, exact where it can be. */
export function bytes(value: number): string {
  let unit = 0;
  let scaled = value;
  while (scaled >= 1024 && unit < UNITS.length - 1) {
    scaled /= 1024;
    unit++;
  }
  const text = Number.isInteger(scaled)
    ? String(scaled)
    : scaled >= 100
    ? scaled.toFixed(0)
    : scaled.toFixed(1);
  return `${text}${UNITS[unit]}`;
}

/** `12,345`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
