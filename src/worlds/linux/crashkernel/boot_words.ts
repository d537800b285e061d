/** The words of a kernel command line, and those among them that the kernel hands on to init. */

export interface BootWord {
  readonly name: string;
  /** What is behind the first `=`; absent if there is none. */
  readonly value?: string;
}

/**
 * Splits at blanks outside double quotes, which cannot be escaped. Quotes around a word or around
 * a value are taken off; any others stay. [linux:next_arg]
 */
export function bootWords(cmdline: string): BootWord[] {
  const words: BootWord[] = [];
  let at = 0;
  while (at < cmdline.length) {
    if (isBlank(cmdline, at)) {
      at++;
      continue;
    }
    const start = at;
    for (let quoted = false; at < cmdline.length && (quoted || !isBlank(cmdline, at)); at++) {
      if (cmdline[at] === '"') quoted = !quoted;
    }
    words.push(readWord(cmdline.slice(start, at)));
  }
  return words;
}

function readWord(text: string): BootWord {
  const inner = text.startsWith('"') ? text.slice(1).replace(/"$/, "") : text;
  const equals = inner.indexOf("=", 1);
  if (equals < 0) return { name: inner };
  const value = inner.slice(equals + 1);
  return {
    name: inner.slice(0, equals),
    value: value.startsWith('"') ? value.slice(1).replace(/"$/, "") : value,
  };
}

/**
 * Names that the kernel knows and whose value could contain any text. Simplified: the kernel has
 * hundreds of names; the lines below are asked for only if they speak of crashkernel, and these
 * are the ones that could.
 */
const KNOWN = new Set([
  "bootconfig",
  "console",
  "crashkernel",
  "dyndbg",
  "earlycon",
  "init",
  "initrd",
  "ip",
  "nfsroot",
  "rdinit",
  "resume",
  "root",
  "rootflags",
  "rootfstype",
]);

/**
 * What the kernel logs of words that it does not know, just before init starts: first the arguments
 * of init, then its environment, each indented by four blanks. A word with a dot in its name waits
 * for a module instead. Behind `--` every word is an argument. Of two words with one name the later
 * takes the place of the earlier in the environment. [linux:unknown_bootoption]
 * [linux:run_init_process]
 *
 * This is where a log repeats `xcrashkernel=64M`: the option was found inside the word, but the
 * word as a whole is unknown.
 */
export function initEnvironmentLog(cmdline: string): string[] {
  const args: string[] = [];
  const environment = new Map<string, string>();
  let behindDashes = false;
  for (const { name, value } of bootWords(cmdline)) {
    const text = value === undefined ? name : `${name}=${value}`;
    if (behindDashes) args.push(text);
    else if (text === "--") behindDashes = true;
    else if (KNOWN.has(name.replaceAll("-", "_")) || name.includes(".")) continue;
    else if (value === undefined) args.push(text);
    else environment.set(name, text);
  }
  return [...args, ...environment.values()].map((text) => `    ${text}`);
}

function isBlank(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return c === 32 || (c >= 9 && c <= 13) || c === 0xa0;
}
