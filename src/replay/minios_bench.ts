/** One case of a Mini-OS recording under way: the machine, and what was seen of it. */
import {
  type Answer,
  type ArgValue,
  type Clause,
  logLines,
  type Machine,
  type Outcome,
  readMemory,
  settle,
  type World,
} from "../machine/mod.ts";
import { ask } from "./ask.ts";
import type { JsonObject, JsonValue } from "./format.ts";

/** A dump that would be longer says no more. */
const LONGEST_DUMP = 1 << 20;

const CONTEXT = { allocationFails: () => false };

/** A field that is not held against a value: what is wrong with the recorded one, if anything is. */
export type Judge = (recorded: JsonValue) => string | undefined;

/** What the model has, by the names that the recording gives. */
export type Observation = Readonly<Record<string, JsonValue | Judge | undefined>>;

/** What an operation of a recording does; undefined: it reports nothing. */
export type Handler = (bench: Bench, op: JsonObject) => Observation | undefined;

export class Bench {
  /** What handlers keep from operation to operation: the ELF file that is to be loaded, … */
  readonly notes = new Map<string, JsonValue>();
  /** How the last routine ended. */
  outcome: Outcome = { ret: "0" };
  #linesBefore = 0;

  constructor(readonly world: World, public machine: Machine, readonly release: string) {}

  /** Boots the world with these clauses. */
  boot(clauses: readonly Clause[]): void {
    this.#mark();
    const request = { version: this.release, clauses };
    const { machine, result } = settle(
      this.machine,
      this.world.boot(this.machine, request, CONTEXT),
    );
    this.machine = machine;
    this.outcome = result;
  }

  /** Runs an operation of the world, as a script's sentence would. */
  operate(
    head: string,
    args: Readonly<Record<string, ArgValue>> = {},
    clauses: readonly Clause[] = [],
  ): Outcome {
    this.#mark();
    const decision = this.world.decide(this.machine, { head, args, clauses }, CONTEXT);
    const { machine, result } = settle(this.machine, decision);
    this.machine = machine;
    this.outcome = result;
    return result;
  }

  #mark(): void {
    this.#linesBefore = logLines(this.machine).length;
  }

  /** Lines that the last routine printed. */
  printed(): string[] {
    return logLines(this.machine).slice(this.#linesBefore);
  }

  ask(phrase: string, args: Readonly<Record<string, ArgValue>> = {}): Answer {
    return ask(this.world, this.machine, phrase, args);
  }

  /** An address or number that a query gives, in hex; undefined where it has no answer. */
  hex(phrase: string): string | undefined {
    const answer = this.ask(phrase);
    return answer.kind === "integer" ? hexOf(answer.value) : undefined;
  }

  number(phrase: string): number | undefined {
    const answer = this.ask(phrase);
    return answer.kind === "integer" ? Number(answer.value) : undefined;
  }

  /** Bytes of memory in hex digits. */
  bytes(at: number, length: number): string {
    return digitsOf(readMemory(this.machine, at, Math.min(length, LONGEST_DUMP)));
  }

  /** How the kernel died in the last routine, by the recording's names; nothing if it lives. */
  death(): Observation {
    switch (this.outcome.ret) {
      case "FAULT":
        return { fault: faultAddress(this.machine) };
      case "BUG":
        return { bug: true };
      case "HANG":
        return { hang: true };
      default:
        return {};
    }
  }

  get died(): boolean {
    return ["FAULT", "BUG", "HANG"].includes(this.outcome.ret);
  }
}

/** A general protection tells no address: the recordings have 0 there. */
function faultAddress(machine: Machine): string {
  const { fault } = machine;
  return fault === undefined || fault.exception !== "page fault" ? "0x0" : hexOf(fault.vaddr);
}

export function hexOf(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

export function digitsOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of hex digits; what is none gives none. */
export function bytesOf(digits: JsonValue | undefined): Uint8Array {
  const text = typeof digits === "string" ? digits : "";
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

const BLOCK = 4096;
const PRIME = 0x100000001b3n;

/**
 * 64-bit FNV-1a over memory. A module can have 16 MiB, most of it zeros, and a zero only multiplies:
 * what is zero up to the end of a block is one product.
 */
export function fnv1a64(machine: Machine, at: number, length: number): string {
  let hash = 0xcbf29ce484222325n;
  for (let done = 0; done < length; done += BLOCK) {
    const bytes = readMemory(machine, at + done, Math.min(BLOCK, length - done));
    let used = bytes.length;
    while (used > 0 && bytes[used - 1] === 0) used--;
    hash = hashed(hash, bytes, used);
    hash = BigInt.asUintN(64, hash * power(bytes.length - used));
  }
  return hash.toString(16).padStart(16, "0");
}

/** In two halves of 32 bits, which are exact as numbers. */
function hashed(hash: bigint, bytes: Uint8Array, used: number): bigint {
  let high = Number(hash >> 32n);
  let low = Number(hash & 0xffff_ffffn);
  for (let i = 0; i < used; i++) {
    low = (low ^ bytes[i]!) >>> 0;
    // The prime is 2^40 + 0x1b3.
    const product = low * 0x1b3;
    high = (high * 0x1b3 + Math.floor(product / 2 ** 32) + low * 256) % 2 ** 32;
    low = product % 2 ** 32;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

const powers = new Map<number, bigint>();

/** The prime to the power of `n`, in 64 bits. */
function power(n: number): bigint {
  let known = powers.get(n);
  if (known === undefined) {
    known = 1n;
    let factor = PRIME;
    for (let left = n; left > 0; left = Math.floor(left / 2)) {
      if (left % 2 === 1) known = BigInt.asUintN(64, known * factor);
      factor = BigInt.asUintN(64, factor * factor);
    }
    powers.set(n, known);
  }
  return known;
}
