/** What a program sees of the processor that runs it: memory through its page tables, registers. */
import { type ChangedBytes, type ProgramCpu, readMemory, readMemoryInto } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import type { Run } from "../routine/mod.ts";
import type { AddressSpace, Miss } from "./address_space.ts";
import type { Arrival } from "./arrival.ts";
import { changedBytes } from "./changed.ts";

/** An access of a program that no page answers. */
export class MemoryFault extends Error {
  readonly miss: Miss;
  constructor(miss: Miss) {
    super("fault");
    this.miss = miss;
  }
}

/** The most that is made into bytes at a time when a program reads much. */
const PIECE = 1 << 20;

export function programCpu(
  run: Run,
  arrival: Arrival,
  base: bigint,
  args: readonly bigint[],
): ProgramCpu {
  const { space, image } = arrival;
  return {
    base,
    args,
    read: (vaddr, length) => readThrough(run, space, vaddr, length),
    pieces: (vaddr, length) => pieces(run, space, vaddr, length),
    register: (name) => registerOf(run, arrival.cpu, name),
    jumpBack: arrival.jumpBack,
    changed: () => {
      const found: ChangedBytes[] = [];
      for (const segment of image.segments) {
        // A purgatory works on its own memory behind what was loaded.
        const own = segment.dest === image.purgatory?.at;
        found.push(...changedBytes(run.machine, segment, own ? segment.sourceSize : undefined));
      }
      return found;
    },
  };
}

export function readThrough(
  run: Run,
  space: AddressSpace,
  vaddr: bigint,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const at = space.translateWide(vaddr + BigInt(done), "read");
    if (typeof at !== "number") throw new MemoryFault(at);
    const here = Math.min(length - done, PAGE_SIZE - (at % PAGE_SIZE));
    bytes.set(readMemory(run.machine, at, here), done);
    done += here;
  }
  return bytes;
}

/** Addresses above this are looked up one by one: no machine has that much memory. */
const HIGHEST = 2 ** 52;

function* pieces(
  run: Run,
  space: AddressSpace,
  vaddr: bigint,
  length: bigint,
): Generator<Uint8Array, void, void> {
  const buffer = new Uint8Array(Number(length < PIECE ? length : PIECE));
  const end = vaddr + length;
  for (let at = vaddr; at < end;) {
    if (at >= HIGHEST) {
      const size = Number(end - at < PAGE_SIZE ? end - at : PAGE_SIZE);
      yield readThrough(run, space, at, size);
      at += BigInt(size);
      continue;
    }
    const start = Number(at);
    const limit = Math.min(start + PIECE, Number(end < HIGHEST ? end : HIGHEST));
    const { maddr, length: here } = contiguous(space, start, limit);
    const bytes = buffer.subarray(0, here);
    readMemoryInto(run.machine, maddr, bytes);
    yield bytes;
    at += BigInt(here);
  }
}

/** How far from `start` on physical addresses follow each other, page by page. */
function contiguous(
  space: AddressSpace,
  start: number,
  limit: number,
): { maddr: number; length: number } {
  const maddr = space.translate(start, "read");
  if (typeof maddr !== "number") throw new MemoryFault(maddr);
  let at = start;
  do at += space.pageBytes(at); while (
    at < limit && space.translate(at, "read") === maddr + (at - start)
  );
  return { maddr, length: Math.min(at, limit) - start };
}

export function registerOf(run: Run, cpu: number, name: string): bigint | undefined {
  const state = run.machine.processors[cpu]!;
  if (Object.hasOwn(state.registers, name)) {
    return state.registers[name as keyof typeof state.registers];
  }
  return ({
    rip: state.rip,
    rflags: state.rflags,
    cr0: state.cr0,
    cr3: state.cr3,
    cr4: state.cr4,
  } as Record<string, bigint>)[name];
}
