/** Screens as an SVG that plays: each row is drawn once for as long as it stays the same. */
import type { Run } from "../test/tui/pty.ts";

export interface Shot {
  /** By row. */
  readonly cells: readonly (readonly Run[])[];
  readonly caret: { readonly x: number; readonly y: number };
  readonly seconds: number;
}

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 17;
const MARGIN = 10;
const GROUND = "#0d1117";
const INK = "#c9d1d9";

export function film(shots: readonly Shot[], columns: number, rows: number): string {
  const total = shots.reduce((sum, { seconds }) => sum + seconds, 0);
  const starts: number[] = [];
  let at = 0;
  for (const { seconds } of shots) {
    starts.push(at);
    at += seconds;
  }
  const end = (shot: number): number => starts[shot + 1] ?? total;
  const times = new Times(total);
  const parts: string[] = [];
  for (let y = 0; y < rows; y++) {
    for (let from = 0; from < shots.length;) {
      const drawn = row(shots[from]!.cells[y] ?? [], y);
      let to = from;
      while (to + 1 < shots.length && row(shots[to + 1]!.cells[y] ?? [], y) === drawn) to++;
      if (drawn !== "") parts.push(`<g${times.classOf(starts[from]!, end(to))}>${drawn}</g>`);
      from = to + 1;
    }
  }
  for (const [shot, { caret }] of shots.entries()) {
    parts.push(
      `<rect${times.classOf(starts[shot]!, end(shot))} x="${left(caret.x)}" y="${
        top(caret.y)
      }" width="${CELL_WIDTH}" height="${CELL_HEIGHT}" fill="${INK}" opacity=".6"/>`,
    );
  }
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = rows * CELL_HEIGHT + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" xml:space="preserve" role="img" aria-label="kx repl: a crash image is loaded, stepped back, and a panic tried on a branch">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${INK};white-space:pre}
.b{font-weight:bold}
${times.rules()}
</style>
<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>
${parts.join("\n")}
</svg>
`;
}

/** Classes for the spans of time in which something is seen; one for each span that occurs. */
class Times {
  readonly #total: number;
  readonly #names = new Map<string, string>();

  constructor(total: number) {
    this.#total = total;
  }

  classOf(from: number, to: number): string {
    if (from === 0 && to === this.#total) return "";
    const key = `${this.#percent(from)} ${this.#percent(to)}`;
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, name = `t${this.#names.size}`);
    return ` class="${name}"`;
  }

  rules(): string {
    return [...this.#names].map(([key, name]) => {
      const [from, to] = key.split(" ") as [string, string];
      const before = from === "0" ? "" : `0%{visibility:hidden}`;
      const after = to === "100" ? "" : `${to}%{visibility:hidden}`;
      return `@keyframes ${name}{${before}${from}%{visibility:visible}${after}}\n` +
        `.${name}{animation:${name} ${this.#total}s step-end infinite${
          // A viewer that moves nothing shows how it ends.
          to === "100" ? "" : ";visibility:hidden"}}`;
    }).join("\n");
  }

  #percent(seconds: number): string {
    return String(Math.round((seconds / this.#total) * 10000) / 100);
  }
}

function row(runs: readonly Run[], y: number): string {
  let grounds = "";
  let texts = "";
  for (const { x, text, width, fg, bg, bold } of runs) {
    if (bg !== undefined) {
      grounds += `<rect x="${left(x)}" y="${top(y)}" width="${
        round(width * CELL_WIDTH)
      }" height="${CELL_HEIGHT}" fill="${bg}"/>`;
    }
    if (text.trim() === "") continue;
    const lead = text.length - text.trimStart().length;
    const shown = text.trim();
    texts += `<text x="${left(x + lead)}" y="${top(y) + 13}" textLength="${
      round((width - (text.length - shown.length)) * CELL_WIDTH)
    }"${fg === undefined ? "" : ` style="fill:${fg}"`}${bold ? ' class="b"' : ""}>${
      escaped(shown)
    }</text>`;
  }
  return grounds + texts;
}

function left(x: number): number {
  return round(MARGIN + x * CELL_WIDTH);
}

function top(y: number): number {
  return MARGIN + y * CELL_HEIGHT;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
