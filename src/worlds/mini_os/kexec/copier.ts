/**
 * What the final stage copies and clears, byte by byte in principle. Whole pages whose bytes nobody
 * looked at stay recipes, so that a large kernel costs as many steps as it has pieces.
 */
import { type Decision, readMemory, readRecipe, type Recipe, ZEROS } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { emit, type Run } from "../steps.ts";
import type { KernelBuffer } from "./state.ts";

/** Where a byte is read from or written to: a physical address, or the file's own bytes. */
export type Place = number | { readonly offset: number };

/** An address that the final stage cannot reach: how the kernel dies there. */
export type Death = () => Decision<never>;

/** Where an address leads. */
export type Translate = (vaddr: bigint, access: "read" | "write") => Place | Death;

interface Pending {
  /** Physical address of the first byte. */
  readonly dest: number;
  readonly recipe: Recipe;
  /** The recipe's byte that goes there. */
  readonly from: number;
  length: number;
}

const PAGE = BigInt(PAGE_SIZE);

export class Copier {
  readonly #run: Run;
  readonly #translate: Translate;
  readonly #file: Recipe;
  readonly #size: number;
  #pending: Pending | undefined;
  #what = "";

  constructor(run: Run, translate: Translate, buffer: KernelBuffer) {
    this.#run = run;
    this.#translate = translate;
    const { file } = buffer;
    this.#size = file.size;
    this.#file = { kind: "file", file, offset: 0, length: file.size };
  }

  /** Clears `length` bytes. */
  *zero(dest: bigint, length: number, what: string): Decision<void> {
    this.#what = what;
    for (let done = 0; done < length;) {
      const vaddr = BigInt.asUintN(64, dest + BigInt(done));
      const here = Math.min(length - done, toPageEnd(vaddr));
      const to = yield* this.#target(vaddr);
      yield* this.#add(to, ZEROS, 0, here);
      done += here;
    }
    yield* this.flush();
  }

  /** Copies `length` bytes upwards. */
  *copy(dest: bigint, src: bigint, length: number, what: string): Decision<void> {
    this.#what = what;
    for (let done = 0; done < length;) {
      const target = BigInt.asUintN(64, dest + BigInt(done));
      const source = BigInt.asUintN(64, src + BigInt(done));
      let here = Math.min(length - done, toPageEnd(target), toPageEnd(source));
      const from = yield* this.#reach(source, "read");
      const to = yield* this.#target(target);
      if (typeof from !== "number") {
        here = Math.min(here, this.#size - from.offset);
        yield* this.#add(to, this.#file, from.offset, here);
      } else yield* this.#addMemory(to, from, here);
      done += here;
    }
    yield* this.flush();
  }

  /** What was copied so far is in memory when an address cannot be reached. */
  *#reach(vaddr: bigint, access: "read" | "write"): Decision<Place> {
    const place = this.#translate(vaddr, access);
    if (typeof place !== "function") return place;
    yield* this.flush();
    return yield* place();
  }

  *#target(vaddr: bigint): Decision<number> {
    const place = yield* this.#reach(vaddr, "write");
    if (typeof place !== "number") throw new Error("the file's buffer is no destination");
    return place;
  }

  *#addMemory(to: number, from: number, length: number): Decision<void> {
    if (this.#touches(from, length)) yield* this.flush();
    const frame = Math.floor(from / PAGE_SIZE);
    if (frame === Math.floor(to / PAGE_SIZE)) return yield* this.#withinPage(to, from, length);
    const content = this.#run.machine.contents.extentAt(frame);
    if (content === undefined) return yield* this.#add(to, ZEROS, 0, length);
    const at = (frame - content.shift) * PAGE_SIZE + from % PAGE_SIZE;
    yield* this.#add(to, content.value.recipe, at, length);
  }

  /** Each byte is read after those before it were written. */
  *#withinPage(to: number, from: number, length: number): Decision<void> {
    yield* this.flush();
    const page = to - to % PAGE_SIZE;
    const bytes = readMemory(this.#run.machine, page, PAGE_SIZE);
    for (let i = 0; i < length; i++) bytes[to - page + i] = bytes[from - page + i]!;
    yield* this.#store(to, bytes.subarray(to - page, to - page + length));
  }

  #touches(from: number, length: number): boolean {
    const pending = this.#pending;
    return pending !== undefined && from < pending.dest + pending.length &&
      pending.dest < from + length;
  }

  *#add(to: number, recipe: Recipe, from: number, length: number): Decision<void> {
    const pending = this.#pending;
    const goesOn = pending !== undefined && pending.recipe === recipe &&
      pending.dest + pending.length === to &&
      (recipe.kind === "zeros" || pending.from + pending.length === from);
    if (goesOn) pending.length += length;
    else {
      yield* this.flush();
      this.#pending = { dest: to, recipe, from, length };
    }
  }

  /** Writes what waits: whole pages as a recipe, the pieces before and behind as bytes. */
  *flush(): Decision<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const { dest, recipe, from, length } = pending;
    const end = dest + length;
    const firstPage = Math.ceil(dest / PAGE_SIZE);
    const endPage = Math.floor(end / PAGE_SIZE);
    if (endPage <= firstPage) {
      return yield* this.#store(dest, readRecipe(recipe, from, length));
    }
    const head = firstPage * PAGE_SIZE - dest;
    if (head > 0) yield* this.#store(dest, readRecipe(recipe, from, head));
    const whole = (endPage - firstPage) * PAGE_SIZE;
    yield* emit(this.#run, {
      kind: "frames-written",
      frames: [firstPage, endPage],
      recipe: startingAt(recipe, from + head, whole),
      shifts: [firstPage],
      what: this.#what,
    });
    const tail = end - endPage * PAGE_SIZE;
    if (tail > 0) {
      yield* this.#store(endPage * PAGE_SIZE, readRecipe(recipe, from + head + whole, tail));
    }
  }

  *#store(at: number, bytes: Uint8Array): Decision<void> {
    yield* emit(this.#run, { kind: "bytes-stored", cpu: 0, at, bytes, what: this.#what });
  }
}

function toPageEnd(vaddr: bigint): number {
  return Number(PAGE - vaddr % PAGE);
}

/** A recipe whose first byte is byte `from` of another; only `length` bytes are wanted. */
function startingAt(recipe: Recipe, from: number, length: number): Recipe {
  switch (recipe.kind) {
    case "zeros":
    case "unwritten":
    case "fill":
      return recipe;
    case "literal":
      return { kind: "literal", bytes: recipe.bytes.subarray(from, from + length) };
    case "file": {
      const left = Math.max(0, Math.min(length, recipe.length - from));
      return { ...recipe, offset: recipe.offset + from, length: left };
    }
    case "padded":
      return {
        kind: "padded",
        source: startingAt(recipe.source, from, length),
        length: Math.max(0, Math.min(length, recipe.length - from)),
      };
    case "memory":
      return { ...recipe, start: recipe.start + from };
    case "pattern":
    case "words":
    case "computed":
      return { kind: "literal", bytes: readRecipe(recipe, from, length) };
  }
}
