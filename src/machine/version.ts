/** Release numbers of kernels and hypervisors; rules ask "since which release". */

/**
 * `6.1` means the newest release of that series, as a distribution ships it: `patch` is then
 * absent and compares above every patch level. `6.12.3` means exactly that one.
 */
export interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
  readonly patch?: number;
}

/** Reads `6.1`, `6.12.117`, `6.1.0-56-cloud-amd64`, `6.12.117+deb12`; undefined if there is no number. */
export function parseVersion(text: string): Version | undefined {
  const m = /^v?(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,5}))?/.exec(text);
  if (m === null) return undefined;
  const [, major, minor, patch] = m;
  return {
    text,
    major: Number(major),
    minor: Number(minor ?? 0),
    ...(patch === undefined ? {} : { patch: Number(patch) }),
  };
}

/** Whether `v` is `major.minor[.patch]` or newer. */
export function isAtLeast(v: Version, major: number, minor: number, patch = 0): boolean {
  if (v.major !== major) return v.major > major;
  if (v.minor !== minor) return v.minor > minor;
  return (v.patch ?? Infinity) >= patch;
}
