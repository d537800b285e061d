/**
 * A pseudo-terminal with kx in it, and a terminal emulator that draws what kx sends: tests type and
 * look at the screen as a person does. They wait for what must come and never for a time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { IPty } from "@lydell/node-pty";
import type { Terminal } from "@xterm/headless";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A busy build server is slow; what takes longer than this does not come. */
const PATIENCE_MS = 60_000;

/** Why these tests cannot run here; undefined where they can. */
export const NO_PTY: string | undefined = !("Deno" in globalThis)
  ? "the pseudo-terminal's native code is loaded under Deno only"
  : process.platform === "win32"
  ? "needs a Unix terminal"
  : undefined;

export interface Start {
  readonly columns?: number;
  readonly rows?: number;
  /** After `kx repl`. */
  readonly args?: readonly string[];
  /** Where history and journal are; a fresh folder if absent. */
  readonly state?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs kx: Deno, or another. */
  readonly runtime?: readonly string[];
  /** An interactive shell instead, which the test drives. */
  readonly shell?: boolean;
}

export const KX_ON_DENO: readonly string[] = [
  process.execPath,
  "run",
  "--no-prompt",
  "--no-check",
  "--allow-read",
  "--allow-write",
  "--allow-env=KX_DEBUG,NO_COLOR,TERM,COLORTERM,COLORFGBG,HOME,XDG_STATE_HOME,INIT_CWD,CI,CONTINUOUS_INTEGRATION",
  "src/main.ts",
];

/** Prints what the shell found when kx had gone: its status, and how the terminal was left. */
const AFTERWARDS =
  'printf "\\nSTATUS %s " $?; stty -a | tr " ;" "\\n\\n" | grep -E "^-?(icanon|echo|isig)$" | tr "\\n" " "; echo END';

export class Screen {
  readonly state: string;
  readonly #pty: IPty;
  readonly #terminal: Terminal;
  readonly #ownState: boolean;
  #cursorShown = true;
  #ended = false;

  private constructor(pty: IPty, terminal: Terminal, state: string, ownState: boolean) {
    this.#pty = pty;
    this.#terminal = terminal;
    this.state = state;
    this.#ownState = ownState;
    const cursor = (shown: boolean) => (params: (number | number[])[]): boolean => {
      if (params.includes(25)) this.#cursorShown = shown;
      return false;
    };
    terminal.parser.registerCsiHandler({ prefix: "?", final: "h" }, cursor(true));
    terminal.parser.registerCsiHandler({ prefix: "?", final: "l" }, cursor(false));
    pty.onData((data) => terminal.write(data));
    pty.onExit(() => this.#ended = true);
  }

  static async open(start: Start = {}): Promise<Screen> {
    const { spawn } = await import("@lydell/node-pty");
    const { Terminal } = (await import("@xterm/headless")).default;
    const { columns = 100, rows = 30, args = [], env = {} } = start;
    const state = start.state ?? mkdtempSync(join(tmpdir(), "kx-pty-"));
    const words = [...(start.runtime ?? KX_ON_DENO), "repl", ...args].map(quoted).join(" ");
    const command = start.shell
      ? ["--norc", "--noprofile", "-i"]
      : ["--norc", "-c", `( echo "PID $BASHPID"; exec ${words} ); ${AFTERWARDS}`];
    const { CI: _, NO_COLOR: __, INIT_CWD: ___, ...inherited } = process.env;
    const pty = spawn("bash", command, {
      name: env.TERM ?? "xterm-256color",
      cols: columns,
      rows,
      cwd: ROOT,
      env: { ...inherited, XDG_STATE_HOME: state, PS1: "shell$ ", ...env },
    });
    const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 500 });
    return new Screen(pty, terminal, state, start.state === undefined);
  }

  /** What a person would have to type to start kx in the shell. */
  static command(args: readonly string[] = []): string {
    return [...KX_ON_DENO, "repl", ...args].map(quoted).join(" ");
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The lines on the screen now, blanks at their ends dropped. */
  get lines(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, i) => active.getLine(active.baseY + i)?.translateToString(true) ?? "",
    );
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** Whether the terminal is as a shell wants it, as far as sequences tell. */
  get modes(): { alternate: boolean; cursor: boolean; paste: boolean; mouse: string } {
    return {
      alternate: this.#terminal.buffer.active.type === "alternate",
      cursor: this.#cursorShown,
      paste: this.#terminal.modes.bracketedPasteMode,
      mouse: this.#terminal.modes.mouseTrackingMode,
    };
  }

  /** Rows of neighbours that look alike, for a picture. */
  get cells(): Run[][] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, y) => {
      const runs: Run[] = [];
      const line = active.getLine(active.baseY + y);
      for (let x = 0; line !== undefined && x < this.#terminal.cols; x++) {
        const cell = line.getCell(x)!;
        if (cell.getWidth() === 0) continue;
        const fg = cell.isFgRGB() ? rgb(cell.getFgColor()) : undefined;
        const bg = cell.isBgRGB() ? rgb(cell.getBgColor()) : undefined;
        const bold = cell.isBold() !== 0;
        const text = cell.getChars() || " ";
        const last = runs.at(-1);
        if (last !== undefined && last.fg === fg && last.bg === bg && last.bold === bold) {
          runs[runs.length - 1] = {
            ...last,
            text: last.text + text,
            width: last.width + cell.getWidth(),
          };
        } else runs.push({ x, text, width: cell.getWidth(), fg, bg, bold });
      }
      return runs;
    });
  }

  get caret(): { readonly x: number; readonly y: number } {
    const { active } = this.#terminal.buffer;
    return { x: active.cursorX, y: active.cursorY };
  }

  /** Until nothing has been written for a while. */
  async still(): Promise<void> {
    for (let before = "", same = 0; same < 8;) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      await this.#settled();
      same = this.text === before ? same + 1 : 0;
      before = this.text;
    }
  }

  /** Whether any cell has a colour of its own. */
  get coloured(): boolean {
    const { active } = this.#terminal.buffer;
    for (let y = 0; y < this.#terminal.rows; y++) {
      for (let x = 0; x < this.#terminal.cols; x++) {
        const cell = active.getLine(active.baseY + y)?.getCell(x);
        if (cell !== undefined && !(cell.isFgDefault() && cell.isBgDefault())) return true;
      }
    }
    return false;
  }

  /** Until the screen shows it. Fails with the screen as it is then. */
  async until(
    what: string | RegExp | ((text: string) => boolean),
    name = String(what),
  ): Promise<string> {
    const has = typeof what === "function"
      ? what
      : typeof what === "string"
      ? (text: string): boolean => text.includes(what)
      : (text: string): boolean => what.test(text);
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      await this.#settled();
      const { text } = this;
      if (has(text)) return text;
      if (performance.now() > end || (this.#ended && !has(this.text))) {
        throw new Error(`the screen never showed ${name}; it shows\n${this.text}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The process of kx itself. */
  async pid(): Promise<number> {
    const text = await this.until(() => /PID \d+/.test(this.#everything()), "PID");
    return Number(/PID (\d+)/.exec(this.#everything() + text)![1]);
  }

  /** Status of kx, and flags of the terminal that it left: `icanon echo isig` is as it was. */
  async ended(): Promise<{ readonly status: number; readonly flags: string }> {
    const text = await this.until(/STATUS \d+ .*END/);
    const [, status, flags] = /STATUS (\d+) (.*?) ?END/.exec(text)!;
    return { status: Number(status), flags: flags!.trim() };
  }

  /** The terminal goes, as when its window is closed. */
  hangUp(): void {
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  close(): void {
    try {
      this.#pty.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    this.#terminal.dispose();
    if (this.#ownState) rmSync(this.state, { recursive: true, force: true });
  }

  /** The usual screen, also while the other one is shown. */
  #everything(): string {
    const { normal } = this.#terminal.buffer;
    return Array.from(
      { length: normal.length },
      (_, i) => normal.getLine(i)?.translateToString(true) ?? "",
    ).join("\n");
  }

  #settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write("", () => resolve()));
  }
}

/** Neighbouring cells that look alike. */
export interface Run {
  readonly x: number;
  readonly text: string;
  readonly width: number;
  readonly fg: string | undefined;
  readonly bg: string | undefined;
  readonly bold: boolean;
}

function rgb(colour: number): string {
  return `#${colour.toString(16).padStart(6, "0")}`;
}

function quoted(word: string): string {
  return /^[\w./=,:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What was on a terminal before kx came, and must be when it has gone. */
export const RESTORED = { alternate: false, cursor: true, paste: false, mouse: "none" } as const;
export const COOKED = "isig icanon echo";
