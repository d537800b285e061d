/**
 * The payload of the execution recordings: it prints registers and mappings, counts its runs in a
 * word of its own, and by its flags returns or switches off. Its first words come from the recording.
 */
import type { Program } from "../machine/mod.ts";

/** Words from the first byte on: code, flags, counter, and some that it keeps for itself. */
export type PayloadWords = readonly bigint[];

const ONES = (1n << 64n) - 1n;

/** Where a recording does not show them. */
export const USUAL_WORDS: PayloadWords = [0x441f0f667eebn, 7n, 0n, 1n, ONES, ONES, ONES, ONES];

const FLAGS = 8;
const COUNTER = 16;
const RETURNS = 1n;
const LEAVES_ENTRY = 2n;
const LOADS_GDT = 4n;

export function payloadProgram(words: PayloadWords): Program {
  const bytes = new Uint8Array(new BigUint64Array(words).buffer);
  return {
    name: "payload",
    params: [],
    argumentOffsets: [],
    // Nobody reads its value; the word for it lies behind those that the recording shows.
    resultOffset: 0x40,
    variables: [{ name: "counter", offset: COUNTER, initial: 0n }],
    code: bytes.slice(0, 8),
    bytes,
    *run(cpu) {
      const count = wordOf(cpu.read(cpu.base + BigInt(COUNTER), 8)) + 1n;
      const flags = wordOf(cpu.read(cpu.base + BigInt(FLAGS), 8));
      yield {
        kind: "store",
        vaddr: cpu.base + BigInt(COUNTER),
        bytes: new Uint8Array(new BigUint64Array([count]).buffer),
        what: "counter of the payload",
      };
      const stack = cpu.register("rsp") ?? 0n;
      const calledBack = wordOf(cpu.read(stack, 8)) !== 0n;
      if (!calledBack || (flags & RETURNS) === 0n) return { kind: "power-off" };
      if ((flags & LOADS_GDT) !== 0n) yield { kind: "load-gdt" };
      return {
        kind: "return",
        value: count,
        ...((flags & LEAVES_ENTRY) === 0n ? {} : { leaving: cpu.base }),
      };
    },
  };
}

function wordOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}
