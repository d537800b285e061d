/** The scripts that several subjects measure. */

export interface MachineShape {
  /** Where RAM ends. */
  readonly end: string;
  readonly allocator?: string;
  readonly cmdline?: string;
  /** More clauses of `boot`. */
  readonly clauses?: string;
}

export function machine({ end, allocator, cmdline, clauses }: MachineShape): string {
  return `machine host {
  memory 0 .. 640KiB, 1MiB .. ${end}
  ${allocator === undefined ? "" : `allocator ${allocator}`}
}
boot linux 6.1 on host {
  cmdline "${cmdline ?? ""}"
  ${clauses ?? ""}
}
`;
}

/** A default image of one segment at `at`. */
export function defaultImage(at: string, size: string): string {
  return `image big : default {
  segment data at ${at} size ${size} pattern 1
  entry ${at}
}
load big
expect loaded default big
`;
}
