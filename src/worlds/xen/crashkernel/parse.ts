/**
 * The grammar of `crashkernel=` in Xen.
 *
 *     option := size [place]
 *             | start "-" [end] ":" size {"," start "-" [end] ":" size} [place]
 *     place  := "@" address | "<" limit | ",below=" limit
 *
 * Each option of a command line is parsed in turn into the same variables, and none is cleared
 * before: a size comes from the last option that gave one, and so does an address. What an option
 * gave before it was found wrong stays. [xen:parse_crashkernel]
 */
import { readSize } from "./numbers.ts";
import type { CrashkernelRules } from "./rules.ts";

/** A range of RAM sizes and what is reserved there. Bytes, unsigned 64 bits. */
export interface SizeRange {
  readonly start: bigint;
  readonly end: bigint;
  /** 0 ends the table. */
  readonly size: bigint;
}

/** Xen's variables after the command line. */
export interface Request {
  readonly start: bigint;
  readonly size: bigint;
  readonly limit: bigint;
  readonly ranges: readonly SizeRange[];
}

export interface Parsed {
  readonly request: Request;
  /** Whether there was any option. */
  readonly asked: boolean;
  /** Lines said before the serial console is up: only the ring buffer has them. */
  readonly log: readonly string[];
  /** Options that were found wrong, with what was said. */
  readonly rejected: readonly { readonly value: string; readonly why: string }[];
  /** Sizes that counted KiB because no unit was given, as written. */
  readonly withoutUnit: readonly string[];
}

export const NO_LIMIT = 2n ** 64n - 1n;
const MOST_RANGES = 16;
const NO_RANGE: SizeRange = { start: 0n, end: 0n, size: 0n };
const NAME = "crashkernel";

/** All of Xen's command line. */
export function parseCmdline(cmdline: string, rules: CrashkernelRules): Parsed {
  const reader = new Reader(rules);
  let asked = false;
  for (const { key, value } of optionsOf(cmdline, rules)) {
    // `no-crashkernel` is `crashkernel=no`; with a value it is only complained about.
    if (key === `no-${NAME}` && value === "") reader.option(key, "no");
    else if (key === NAME) reader.option(key, value);
    else continue;
    asked = true;
  }
  return { ...reader.result(), asked };
}

/** Each option before a `--`, cut off where Xen cuts it. [xen:parse_params] */
export function* optionsOf(
  cmdline: string,
  { wordBytes }: Pick<CrashkernelRules, "wordBytes">,
): Generator<{ readonly key: string; readonly value: string }, void, void> {
  for (const word of xenOptions(cmdline).split(" ")) {
    const kept = word.slice(0, wordBytes - 1);
    const equals = kept.indexOf("=");
    if (equals < 0) yield { key: kept, value: "" };
    else yield { key: kept.slice(0, equals), value: kept.slice(equals + 1) };
  }
}

/** A `--` that a boot loader left: what follows is dom0's. [xen:cmdline_cook] */
function xenOptions(cmdline: string): string {
  const nul = cmdline.indexOf("\0");
  const text = nul < 0 ? cmdline : cmdline.slice(0, nul);
  const dashes = / -- /.exec(text);
  return dashes === null ? text : text.slice(0, dashes.index);
}

class Reader {
  readonly #rules: CrashkernelRules;
  readonly #log: string[] = [];
  readonly #rejected: { value: string; why: string }[] = [];
  readonly #withoutUnit: string[] = [];
  #start = 0n;
  #size = 0n;
  #limit = NO_LIMIT;
  #ranges: SizeRange[] = [];

  constructor(rules: CrashkernelRules) {
    this.#rules = rules;
  }

  result(): Omit<Parsed, "asked"> {
    const request = {
      start: this.#start,
      size: this.#size,
      limit: this.#limit,
      ranges: this.#ranges,
    };
    return {
      request,
      log: this.#log,
      rejected: this.#rejected,
      withoutUnit: this.#withoutUnit,
    };
  }

  option(key: string, text: string): void {
    const said = this.#log.length;
    this.#read(text);
    const why = this.#log.slice(said);
    if (why.length === 0) return;
    this.#rejected.push({ value: text, why: why.join("; ") });
    if (this.#rules.saysInvalid) {
      this.#log.push(`parameter "${key}" has invalid value "${text}", rc=-22!`);
    }
  }

  #say(line: string): void {
    this.#log.push(`crashkernel: ${line}`);
  }

  #read(text: string): void {
    const table = text.includes(":") ? this.#table(text) : undefined;
    if (text.includes(":") && table === undefined) return;
    // `before` is where the last number was looked for, `at` where it ended: equal if there was none.
    let { before, at } = table ?? this.#plain(text);
    if (before !== at) {
      const sign = text[at];
      if (sign === "@") {
        ({ before, at } = this.#number(text, at + 1, (v) => this.#start = v));
      } else if (sign === "<" && this.#rules.limit) {
        ({ before, at } = this.#number(text, at + 1, (v) => this.#limit = v));
      } else if (text.startsWith(",below=", at) && this.#rules.below) {
        ({ before, at } = this.#number(text, at + 7, (v) => this.#limit = v));
      } else if (this.#rules.saysIgnored && (sign !== undefined || this.#rules.ignoresNothing)) {
        this.#say(`'${text.slice(at)}' ignored`);
      }
    }
    if (before === at) this.#say("memory value expected");
  }

  #plain(text: string) {
    return this.#number(text, 0, (v) => this.#size = v);
  }

  #number(text: string, before: number, take: (value: bigint) => void) {
    const { value, end } = readSize(text, before, this.#rules);
    take(value);
    const written = text.slice(before, end);
    if (/^[0-9a-fA-FxX]+$/.test(written) && !/[bB]$/.test(written) && value > 0n) {
      this.#withoutUnit.push(written);
    }
    return { before, at: end };
  }

  /** Undefined: too many ranges, and nothing follows that could say where. */
  #table(text: string): { before: number; at: number } | undefined {
    const ranges: SizeRange[] = [...this.#ranges];
    const put = (index: number, changes: Partial<SizeRange>) => {
      ranges[index] = { ...(ranges[index] ?? NO_RANGE), ...changes };
    };
    let index = 0;
    let before = 0;
    let at = 0;
    do {
      if (index >= MOST_RANGES) {
        this.#say("too many ranges");
        this.#ranges = ranges.slice(0, MOST_RANGES);
        const signs = this.#rules.below ? /[@,<]/ : /@/;
        const next = text.slice(at).search(signs);
        return next < 0 ? undefined : { before: -1, at: at + next };
      }
      before = at + (index > 0 ? 1 : 0);
      const start = readSize(text, before, this.#rules);
      put(index, { start: start.value });
      at = start.end;
      if (at === before) break;
      if (text[at] !== "-") {
        this.#say("'-' expected");
        break;
      }
      at++;
      if (text[at] !== ":") {
        before = at;
        const end = readSize(text, before, this.#rules);
        put(index, { end: end.value });
        at = end.end;
        if (at === before) break;
        if (ranges[index]!.end <= ranges[index]!.start) {
          this.#say("end <= start");
          break;
        }
      } else put(index, { end: NO_LIMIT });
      if (text[at] !== ":") {
        this.#say("':' expected");
        break;
      }
      before = at + 1;
      at = before;
      const size = this.#number(text, before, (v) => put(index, { size: v }));
      at = size.at;
      if (at === before) break;
      index++;
    } while (text[at] === ",");
    if (index < MOST_RANGES) put(index, { size: 0n });
    this.#ranges = ranges;
    return { before, at };
  }
}

/**
 * The size for `systemRam` bytes of RAM: what a plain option said, or the first range that the RAM is
 * in. A range that asks for all RAM or more is passed over. [xen:set_kexec_crash_area_size]
 */
export function sizeFor(request: Request, systemRam: bigint, log: string[]): bigint {
  if (request.size !== 0n) return request.size;
  for (const { start, end, size } of request.ranges) {
    if (size === 0n) break;
    if (size >= systemRam) log.push("crashkernel: invalid size");
    else if (start <= systemRam && end > systemRam) return size;
  }
  return 0n;
}
