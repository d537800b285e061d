/** From classes to what a terminal understands: as many colours as it has, on the ground that it has. */
import type { Theme } from "../session/mod.ts";
import { displayWidth } from "../text/mod.ts";
import { type Look, PALETTES } from "./palette.ts";
import { type Class, joined, type StyledLine } from "./styled.ts";

/** Colours of a terminal: none, its own sixteen, the cube of 256, or any. */
export type Depth = "none" | "16" | "256" | "true";

export interface Paint {
  /** A line with escape sequences; the terminal's own colours after it. */
  line(pieces: StyledLine): string;
}

type Env = (name: string) => string | undefined;

/** https://no-color.org; COLORTERM as terminals set it; the name of the terminal. */
export function depthOf(env: Env): Depth {
  if ((env("NO_COLOR") ?? "") !== "") return "none";
  const term = env("TERM") ?? "";
  if (/^(truecolor|24bit)$/.test(env("COLORTERM") ?? "") || /-direct$/.test(term)) return "true";
  if (/256/.test(term)) return "256";
  return term === "dumb" || term === "" ? "none" : "16";
}

/** COLORFGBG is `foreground;background`, colours 0 … 15; most terminals are dark and say nothing. */
export function groundOf(env: Env): "dark" | "light" {
  const background = /;(\d+)$/.exec(env("COLORFGBG") ?? "")?.[1];
  return background === "7" || background === "15" ? "light" : "dark";
}

const paints = new Map<string, Paint>();

export function paintOf(theme: Theme, env: Env): Paint {
  const depth = theme === "none" ? "none" : depthOf(env);
  const ground = theme === "dark" || theme === "light" ? theme : groundOf(env);
  const key = `${depth} ${ground}`;
  let paint = paints.get(key);
  if (paint === undefined) paints.set(key, paint = makePaint(depth, ground));
  return paint;
}

function makePaint(depth: Depth, ground: "dark" | "light"): Paint {
  const codes = new Map<Class, string>();
  for (const [name, look] of Object.entries(PALETTES[ground])) {
    codes.set(name as Class, sequence(look, depth));
  }
  return {
    line(pieces) {
      let text = "";
      for (const { text: part, class: as } of joined(pieces)) {
        const open = codes.get(as)!;
        // A blank shows its ground only.
        const shown = anchored(part);
        text += open === "" ? shown : `${open}${shown}\x1b[0m`;
      }
      return text;
    },
  };
}

/** Pictures made of several characters: some terminals draw them as one, some as each by itself. */
const DOUBTFUL =
  /\p{Extended_Pictographic}(?:[\ufe0f\u{1f3fb}-\u{1f3ff}]|\u200d\p{Extended_Pictographic})+|\p{RI}{2}/gu;

/**
 * What comes after such a picture stands where it should, however wide it was drawn: its room is
 * cleared, and the cursor is put behind it.
 */
function anchored(text: string): string {
  if (!MAY_BE_DOUBTFUL.test(text)) return text;
  return text.replace(DOUBTFUL, (picture) => {
    const width = displayWidth(picture);
    return `${" ".repeat(width)}\x1b[${width}D\x1b7${picture}\x1b8\x1b[${width}C`;
  });
}

const MAY_BE_DOUBTFUL = /[\u200d\ufe0f\u{1f1e6}-\u{1f1ff}\u{1f3fb}-\u{1f3ff}]/u;

function sequence(look: Look, depth: Depth): string {
  const codes: (number | string)[] = [];
  if (depth === "none") codes.push(...look.plain ?? []);
  else if (depth === "16") codes.push(...look.basic ?? []);
  else {
    if (look.bold) codes.push(1);
    if (look.underline) codes.push(4);
    if (look.fg !== undefined) codes.push(colour(38, look.fg, depth));
    if (look.bg !== undefined) codes.push(colour(48, look.bg, depth));
  }
  return codes.length === 0 ? "" : `\x1b[${codes.join(";")}m`;
}

function colour(target: 38 | 48, rgb: string, depth: "256" | "true"): string {
  const [r, g, b] = [0, 2, 4].map((at) => parseInt(rgb.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  return depth === "true" ? `${target};2;${r};${g};${b}` : `${target};5;${nearest(r, g, b)}`;
}

/** The six levels of each side of the cube, as xterm draws them. */
const LEVELS = [0, 95, 135, 175, 215, 255] as const;

/** Number of the colour in the cube or the ramp of greys that is least far away. */
function nearest(r: number, g: number, b: number): number {
  const level = (value: number): number =>
    LEVELS.reduce<number>(
      (best, at, i) => Math.abs(at - value) < Math.abs(LEVELS[best]! - value) ? i : best,
      0,
    );
  const [x, y, z] = [level(r), level(g), level(b)];
  const cube = distance([LEVELS[x]!, LEVELS[y]!, LEVELS[z]!], [r, g, b]);
  const grey = Math.max(0, Math.min(23, Math.round(((r + g + b) / 3 - 8) / 10)));
  const value = 8 + grey * 10;
  return distance([value, value, value], [r, g, b]) < cube ? 232 + grey : 16 + 36 * x + 6 * y + z;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}
