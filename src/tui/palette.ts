/**
 * What each class looks like, on dark and on light ground. Every colour is given twice: as red, green
 * and blue, and as one of the sixteen that each terminal's own theme has made readable. Meaning never
 * rests on colour alone: marks, words and weight say the same.
 */
import type { Class, OwnerMark } from "./styled.ts";

export interface Look {
  /** `rrggbb`. */
  readonly fg?: string;
  readonly bg?: string;
  /** SGR codes where there are sixteen colours. */
  readonly basic?: readonly number[];
  readonly bold?: boolean;
  readonly underline?: boolean;
  /** Where there is no colour at all. */
  readonly plain?: readonly number[];
}

export type Palette = Readonly<Record<Class, Look>>;

interface OwnerColour {
  readonly dark: string;
  readonly light: string;
  /** SGR code of the foreground. */
  readonly basic: number;
}

const OWNERS: Readonly<Record<OwnerMark, OwnerColour>> = {
  kernel: { dark: "5b8def", light: "2456b8", basic: 34 },
  initrd: { dark: "3fb8c4", light: "0f7882", basic: 36 },
  reserved: { dark: "7d8590", light: "6b7280", basic: 90 },
  "crash-region": { dark: "c99a2e", light: "8a6100", basic: 33 },
  segment: { dark: "56b870", light: "1f7a3a", basic: 32 },
  source: { dark: "9ccc65", light: "4d7a12", basic: 92 },
  "control-code": { dark: "ef5350", light: "b3261e", basic: 31 },
  control: { dark: "ff8a50", light: "a84300", basic: 91 },
  "page-table": { dark: "b98af5", light: "6b35b8", basic: 35 },
  indirection: { dark: "f06fb0", light: "a8246b", basic: 95 },
  swap: { dark: "e0a3a3", light: "8a4343", basic: 93 },
  vmcoreinfo: { dark: "8fb8ff", light: "38619e", basic: 94 },
  parked: { dark: "b39a6b", light: "6e5a2e", basic: 37 },
  guest: { dark: "d0a8ff", light: "5b3f8c", basic: 35 },
  module: { dark: "5cc9a7", light: "0b6e4f", basic: 96 },
  free: { dark: "4b535d", light: "9aa3ad", basic: 90 },
  hole: { dark: "30363d", light: "c8ced4", basic: 90 },
};

type OwnerLooks = Record<`owner-${OwnerMark}` | `cell-${OwnerMark}`, Look>;

function ownerLooks(ground: "dark" | "light"): OwnerLooks {
  const looks: Partial<OwnerLooks> = {};
  for (const [mark, colours] of Object.entries(OWNERS) as [OwnerMark, OwnerColour][]) {
    const fg = colours[ground];
    looks[`owner-${mark}`] = { fg, basic: [colours.basic] };
    looks[`cell-${mark}`] = mark === "free" || mark === "hole" ? { fg, basic: [colours.basic] } : {
      fg: ground === "dark" ? "0d1117" : "ffffff",
      bg: fg,
      // The same colour as ground: 30 … 37 and 90 … 97 become 40 … 47 and 100 … 107.
      basic: [30, colours.basic + 10],
    };
  }
  return looks as OwnerLooks;
}

const DARK = {
  plain: {},
  dim: { fg: "7d8590", basic: [90], plain: [2] },
  strong: { fg: "e6edf3", bold: true, basic: [1], plain: [1] },
  title: { fg: "9fb7d9", bold: true, basic: [1, 36], plain: [1] },
  "title-focus": { fg: "ffcf5c", bold: true, basic: [1, 33], plain: [1, 4] },
  border: { fg: "3d444d", basic: [90], plain: [2] },
  "border-focus": { fg: "b08a2e", basic: [33] },
  key: { fg: "ffcf5c", basic: [33], plain: [1] },
  current: { fg: "0d1117", bg: "ffcf5c", basic: [30, 43], plain: [7] },
  selected: { fg: "e6edf3", bg: "2f4a73", basic: [37, 44], plain: [7] },
  good: { fg: "56d364", basic: [32] },
  bad: { fg: "ff7b72", bold: true, basic: [1, 31], plain: [1] },
  wrong: { fg: "ff7b72", underline: true, basic: [4, 31], plain: [4] },
  warn: { fg: "e3b341", basic: [33], plain: [1] },
  note: { fg: "79c0ff", basic: [36] },
  changed: { fg: "0d1117", bg: "7ee2b8", basic: [30, 42], plain: [7] },
  address: { fg: "79a8d9", basic: [36] },
  number: { fg: "a5d6ff", basic: [36] },
  string: { fg: "a5d69a", basic: [32] },
  keyword: { fg: "d2a8ff", basic: [35], plain: [1] },
  name: { fg: "c9d1d9" },
  comment: { fg: "6e7f73", basic: [90], plain: [2] },
  "cell-changed": { fg: "0d1117", bg: "ffffff", basic: [30, 107], plain: [7] },
  "cell-looked": { fg: "0d1117", bg: "ffcf5c", bold: true, basic: [30, 43], plain: [4, 1] },
} satisfies Record<string, Look>;

const LIGHT: Record<keyof typeof DARK, Look> = {
  plain: {},
  dim: { fg: "6e7781", basic: [90], plain: [2] },
  strong: { fg: "1f2328", bold: true, basic: [1], plain: [1] },
  title: { fg: "2f4a73", bold: true, basic: [1, 34], plain: [1] },
  "title-focus": { fg: "8a4b00", bold: true, basic: [1, 35], plain: [1, 4] },
  border: { fg: "c8ced4", basic: [90], plain: [2] },
  "border-focus": { fg: "b86e00", basic: [35] },
  key: { fg: "8a4b00", basic: [35], plain: [1] },
  current: { fg: "1f2328", bg: "ffd76a", basic: [30, 43], plain: [7] },
  selected: { fg: "1f2328", bg: "cfe0f7", basic: [30, 46], plain: [7] },
  good: { fg: "1a7f37", basic: [32] },
  bad: { fg: "b3261e", bold: true, basic: [1, 31], plain: [1] },
  wrong: { fg: "b3261e", underline: true, basic: [4, 31], plain: [4] },
  warn: { fg: "8a6100", basic: [33], plain: [1] },
  note: { fg: "0860a8", basic: [34] },
  changed: { fg: "1f2328", bg: "8fe3bd", basic: [30, 42], plain: [7] },
  address: { fg: "2b5f94", basic: [34] },
  number: { fg: "0a4f8f", basic: [34] },
  string: { fg: "1f6b2e", basic: [32] },
  keyword: { fg: "6b35b8", basic: [35], plain: [1] },
  name: { fg: "24292f" },
  comment: { fg: "6e7f73", basic: [90], plain: [2] },
  "cell-changed": { fg: "ffffff", bg: "1f2328", basic: [97, 40], plain: [7] },
  "cell-looked": { fg: "1f2328", bg: "ffbf1f", bold: true, basic: [30, 43], plain: [4, 1] },
};

export const PALETTES: Readonly<Record<"dark" | "light", Palette>> = {
  dark: { ...DARK, ...ownerLooks("dark") },
  light: { ...LIGHT, ...ownerLooks("light") },
};
