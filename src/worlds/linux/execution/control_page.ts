/**
 * The page that the relocation code runs in: code in its first half, and behind it the words that it
 * keeps for the way back. All of it is modelled memory: whoever overwrites it breaks the jump or the
 * return. Since 6.14 the words are laid out by the linker; the layout here is the one before.
 * [linux:relocate_kernel]
 */
import {
  type Cpu,
  type Decision,
  type Image,
  type Machine,
  readWord,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { relocationCode, spoiledAt } from "../relocation_code.ts";
import { emit, type Run } from "../steps.ts";

const OFFSET = {
  rsp: 0x800,
  cr0: 0x808,
  cr3: 0x810,
  cr4: 0x818,
  table: 0x820,
  swap: 0x828,
  list: 0x830,
} as const;

export type KeptWord = keyof typeof OFFSET;

/** Physical address of the page, bytes. */
export function codePage(image: Image): number {
  return (image.controlCodeFrame ?? 0) * PAGE_SIZE;
}

/** Before 6.14 the code is copied only now. */
export function* copyCode(run: Run, image: Image, cpu: number): Decision<void> {
  if (run.features.codeCopiedAtLoad) return;
  yield* emit(run, {
    kind: "bytes-stored",
    cpu,
    at: codePage(image),
    bytes: relocationCode(),
    what: `relocation code of image ${image.name}`,
  });
}

/** Offset of the first byte of code that is not as it was made; undefined if all is well. */
export function spoiledCode(machine: Machine, image: Image): number | undefined {
  return spoiledAt(machine, codePage(image));
}

/** What the way back will need. */
export function* keepWords(run: Run, image: Image, cpu: number, state: Cpu): Decision<void> {
  const words: Record<KeptWord, bigint> = {
    rsp: state.registers.rsp,
    cr0: state.cr0,
    cr3: state.cr3,
    cr4: state.cr4,
    table: BigInt((image.pageTableRoot ?? 0) * PAGE_SIZE),
    swap: swapPage(image),
    list: image.head,
  };
  const bytes = new Uint8Array(7 * 8);
  const view = new DataView(bytes.buffer);
  for (const [name, offset] of Object.entries(OFFSET)) {
    view.setBigUint64(offset - OFFSET.rsp, words[name as KeptWord], true);
  }
  yield* emit(run, {
    kind: "bytes-stored",
    cpu,
    at: codePage(image) + OFFSET.rsp,
    bytes,
    what: "stack pointer, control registers and list for the way back",
  });
}

export function keptWord(machine: Machine, image: Image, name: KeptWord): bigint {
  return readWord(machine, codePage(image) + OFFSET[name]);
}

/**
 * A crash image has no swap page, and the word for it is never set: address 0, whatever is there.
 * Observed: a preserving crash image gets its stack at the end of physical page 0.
 */
export function swapPage(image: Image): bigint {
  return BigInt((image.swapFrame ?? 0) * PAGE_SIZE);
}
