/**
 * The terminal that kx was started on: what is switched on for the screen, and switched off again
 * whatever happens. Everything here may be called twice and at any time.
 */
import { writeSync } from "node:fs";
import process from "node:process";

/** Pastes in brackets; presses and the wheel, in numbers that have no limit. */
const ON = "\x1b[?2004h\x1b[?1000h\x1b[?1006h";
const OFF = "\x1b[?1006l\x1b[?1000l\x1b[?2004l";
/** Whatever was being drawn: its colours, a frame half shown, a hidden cursor, the other screen. */
const RESCUE = `${OFF}\x1b[?2026l\x1b[0m\x1b[?25h\x1b[?1049l`;

export class Terminal {
  #entered = false;
  #onData: ((chunk: string) => void) | undefined;
  readonly #decoder = new TextDecoder();

  /** Keys come as they are pressed. The screen itself is Ink's. */
  enter(onData: (chunk: string) => void): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#onData = onData;
    process.stdin.setRawMode(true);
    process.stdin.on("data", this.#read);
    process.stdin.resume();
    process.stdout.write(ON);
  }

  /** Back to lines and echo, as a shell expects it. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.stdin.off("data", this.#read);
    process.stdin.pause();
    process.stdin.setRawMode(false);
    process.stdout.write(OFF);
  }

  /** After a crash: at once, past every buffer. */
  rescue(): void {
    try {
      writeSync(1, RESCUE);
    } catch {
      // The terminal has gone.
    }
    try {
      process.stdin.setRawMode(false);
    } catch {
      // The same.
    }
    this.#entered = false;
  }

  readonly #read = (chunk: Uint8Array | string): void => {
    const text = typeof chunk === "string" ? chunk : this.#decoder.decode(chunk, { stream: true });
    if (text !== "") this.#onData?.(text);
  };
}

/** Deno lends a process without the right to run others a signal to itself, and no more. */
function mayStopAll(): boolean {
  return !("Deno" in globalThis) ||
    Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/**
 * Whether Ctrl-Z may stop kx. A task runner around it would stay awake and keep the terminal from the
 * shell; npm and Deno say that they are there by INIT_CWD.
 */
export function canStop(env: (name: string) => string | undefined): boolean {
  return mayStopAll() || (env("INIT_CWD") ?? "") === "";
}

/** A process that was not stopped within this time is not: nobody is there who could bring it back. */
const STOPPED_MS = 150;

/**
 * Stops all of the job, as Ctrl-Z does, until the shell brings it back. False where there is no shell
 * that could, as in `ssh -t HOST kx repl`: the system then lets such a signal pass.
 */
export async function stopJob(): Promise<boolean> {
  const before = performance.now();
  let continued = false;
  const onContinued = (): void => void (continued = true);
  process.once("SIGCONT", onContinued);
  if (mayStopAll()) process.kill(0, "SIGTSTP");
  else Deno.kill(Deno.pid, "SIGTSTP");
  while (!continued && performance.now() - before < STOPPED_MS) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // Time that passed while nothing ran is time that kx was stopped, though its end was not told yet.
  const stopped = continued || performance.now() - before > 2 * STOPPED_MS;
  process.off("SIGCONT", onContinued);
  return stopped;
}

/** Signals that end kx, and what a shell calls such an end. */
export const ENDING_SIGNALS = { SIGHUP: 129, SIGTERM: 143 } as const;
