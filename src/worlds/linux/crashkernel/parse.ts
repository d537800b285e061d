/**
 * The grammar of `crashkernel=`.
 *
 *     option := size ["@" offset]
 *             | start "-" [end] ":" size {"," start "-" [end] ":" size} [anything "@" offset]
 *             | size ",high" | size ",low" | size ",cma"
 *
 * The kernel does not split its command line into words first: it looks for the name anywhere, so
 * `xcrashkernel=64M` counts, and it ends an option at the next blank, at nothing else. The form is
 * chosen by how the option ends: one of the known suffixes at its very end, or else plain. Of each
 * form the last option wins, even if it is malformed. [linux:get_last_crashkernel]
 */
import { memparse } from "./memparse.ts";
import { MIB, type Rules } from "./rules.ts";

/** What one form of the option came to. Sizes in bytes, unsigned 64 bits. */
export type Outcome =
  | { readonly kind: "absent" }
  | { readonly kind: "malformed"; readonly option: string }
  | {
    readonly kind: "read";
    /** The text of the option, from its name to the next blank. */
    readonly option: string;
    readonly size: bigint;
    /** 0 asks the kernel to choose. */
    readonly base: bigint;
  };

/** What a command line asks for, once the forms have been weighed against each other. */
export type Request =
  | { readonly kind: "none"; readonly reason: NoRequest }
  | {
    readonly kind: "plain" | "high";
    readonly option: string;
    readonly size: bigint;
    readonly base: bigint;
    /**
     * Size of the low part. Absent: the kernel's default. Before 6.7 `,low` is read only once a
     * region above 4 GiB has been found, so it is absent there too: ask `parseSuffixed` then.
     */
    readonly low?: bigint;
    /** Size asked of CMA besides, since 6.17. */
    readonly cma?: bigint;
  };

export type NoRequest = "absent" | "malformed" | "zero" | "whole-ram";

export type Suffix = ",high" | ",low" | ",cma";

/** Takes a line of the kernel's log. */
export type Log = (line: string) => void;

const NAME = "crashkernel=";

/** Weighs the forms. `systemRam` in bytes, all of memblock. */
export function parseRequest(cmdline: string, systemRam: number, rules: Rules, log: Log): Request {
  const plain = parsePlain(cmdline, systemRam, rules, log);
  return rules.generic
    ? weighGeneric(plain, cmdline, systemRam, rules, log)
    : weighX86(plain, cmdline, log);
}

/**
 * Up to 6.6 a plain option that is absent, malformed or zero leaves the word to `,high`.
 * [linux:reserve_crashkernel]
 */
function weighX86(plain: Outcome, cmdline: string, log: Log): Request {
  if (plain.kind === "read" && plain.size > 0n) return { ...plain, kind: "plain" };
  const high = parseSuffixed(cmdline, ",high", log);
  if (high.kind === "read" && high.size > 0n) return { ...high, kind: "high" };
  return { kind: "none", reason: whyNot(high.kind === "absent" ? plain : high) };
}

/**
 * Since 6.7 `,high` counts only where there is no plain option at all, and a malformed `,low`
 * beside it undoes both. [linux:parse_crashkernel]
 */
function weighGeneric(
  plain: Outcome,
  cmdline: string,
  systemRam: number,
  rules: Rules,
  log: Log,
): Request {
  let main = plain;
  let low: bigint | undefined;
  if (plain.kind === "absent") {
    main = parseSuffixed(cmdline, ",high", log);
    if (main.kind !== "read" || main.size === 0n) return { kind: "none", reason: whyNot(main) };
    const lowPart = parseSuffixed(cmdline, ",low", log);
    if (lowPart.kind === "malformed") return { kind: "none", reason: "malformed" };
    if (lowPart.kind === "read") low = lowPart.size;
  }
  const cma = rules.cma ? parseSuffixed(cmdline, ",cma", log) : undefined;
  if (main.kind !== "read" || main.size === 0n) return { kind: "none", reason: whyNot(main) };
  if (rules.dropsWholeRam && main.size >= BigInt(systemRam)) {
    return { kind: "none", reason: "whole-ram" };
  }
  return {
    ...main,
    kind: plain.kind === "absent" ? "high" : "plain",
    ...(low === undefined ? {} : { low }),
    ...(cma?.kind === "read" ? { cma: cma.size } : {}),
  };
}

function whyNot(outcome: Outcome): NoRequest {
  return outcome.kind === "read" ? "zero" : outcome.kind;
}

/** The last option without a known suffix. */
export function parsePlain(cmdline: string, systemRam: number, rules: Rules, log: Log): Outcome {
  const known: readonly Suffix[] = rules.cma ? [",high", ",low", ",cma"] : [",high", ",low"];
  const option = lastOption(cmdline, (o) => !known.some((suffix) => o.endsWith(suffix)));
  if (option === undefined) return { kind: "absent" };
  const read = option.includes(":")
    ? parseRanges(option, systemRam, rules, log)
    : parseSimple(option, log);
  return read ?? { kind: "malformed", option };
}

/** The last option with `suffix`, which has room for a size only. [linux:parse_crashkernel_suffix] */
export function parseSuffixed(cmdline: string, suffix: Suffix, log: Log): Outcome {
  const option = lastOption(cmdline, (o) => o.endsWith(suffix));
  if (option === undefined) return { kind: "absent" };
  const { value, end } = memparse(option, NAME.length);
  if (end === NAME.length) {
    log("crashkernel: memory value expected");
  } else if (!option.startsWith(suffix, end)) {
    log(`crashkernel: unrecognized char: ${option.charAt(end)}`);
  } else if (end + suffix.length !== option.length) {
    log(`crashkernel: unrecognized char: ${option.charAt(end + suffix.length)}`);
  } else return { kind: "read", option, size: value, base: 0n };
  return { kind: "malformed", option };
}

/** Only the size is checked to its end: what follows `@offset` is never looked at. */
function parseSimple(option: string, log: Log): Outcome | undefined {
  const size = memparse(option, NAME.length);
  if (size.end === NAME.length) {
    log("crashkernel: memory value expected");
    return undefined;
  }
  const next = option.charAt(size.end);
  if (next !== "@" && next !== "") {
    log(`crashkernel: unrecognized char: ${next}`);
    return undefined;
  }
  const base = next === "@" ? memparse(option, size.end + 1).value : 0n;
  return { kind: "read", option, size: size.value, base };
}

/**
 * Entries are read up to the first that matches; those behind it may be anything, but an entry
 * before it that asks for all of RAM or more undoes the whole. [linux:parse_crashkernel_mem]
 */
function parseRanges(option: string, ram: number, rules: Rules, log: Log): Outcome | undefined {
  const total = BigInt(rules.roundsRam ? Math.ceil(ram / (128 * MIB)) * 128 * MIB : ram);
  const refuse = (message: string): undefined => log(message) as undefined;
  let size = 0n;
  let at = NAME.length;
  do {
    const start = memparse(option, at);
    if (start.end === at) return refuse("crashkernel: Memory value expected");
    at = start.end;
    if (option[at] !== "-") return refuse("crashkernel: '-' expected");
    at++;
    let end: bigint | undefined;
    if (option[at] !== ":") {
      const read = memparse(option, at);
      if (read.end === at) return refuse("crashkernel: Memory value expected");
      at = read.end;
      end = read.value;
      if (end <= start.value) return refuse("crashkernel: end <= start");
    }
    if (option[at] !== ":") return refuse("crashkernel: ':' expected");
    at++;
    const entry = memparse(option, at);
    if (entry.end === at) return refuse(rules.noSizeMessage);
    at = entry.end;
    if (entry.value >= total) return refuse("crashkernel: invalid size");
    if (total >= start.value && (end === undefined || total < end)) {
      size = entry.value;
      break;
    }
  } while (option[at++] === ",");

  let base = 0n;
  const mark = size > 0n ? option.indexOf("@", at) : -1;
  if (size === 0n) log("crashkernel size resulted in zero bytes");
  else if (mark >= 0) {
    const offset = memparse(option, mark + 1);
    if (offset.end === mark + 1) return refuse(rules.noOffsetMessage);
    base = offset.value;
  }
  return { kind: "read", option, size, base };
}

/** The last place of the name whose text up to the next blank is `wanted`. */
function lastOption(cmdline: string, wanted: (option: string) => boolean): string | undefined {
  let last: string | undefined;
  for (let at = cmdline.indexOf(NAME); at >= 0; at = cmdline.indexOf(NAME, at + 1)) {
    const blank = cmdline.indexOf(" ", at);
    const option = cmdline.slice(at, blank < 0 ? cmdline.length : blank);
    if (wanted(option)) last = option;
  }
  return last;
}
