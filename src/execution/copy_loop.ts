/**
 * The copy loop of the relocation code. It follows whatever words are in memory when it reads them,
 * through whatever page tables CR3 leads to: a page of the list that was overwritten makes it copy
 * other pages, fault, or go round for ever. A word is tested for a destination, a link, the end and a
 * source, in this order, and last, where the system has it, for a page of zeros; one that is none of
 * them is passed over, and behind a page without a link the next page of memory is read as if it
 * belonged to the list. [linux:swap_pages] [xen:kexec_reloc]
 */
import {
  type Content,
  type Decision,
  type Fault,
  type Image,
  readMemory,
  ZEROS,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { entryOf } from "./indirection.ts";
import { emit, hex, type Run } from "../routine/mod.ts";
import type { AddressSpace, Miss } from "./address_space.ts";
import { BackedMemory } from "./backed_memory.ts";
import { Batch } from "./batch.ts";
import { pageFault } from "./faults.ts";

export interface CopyJob {
  readonly image: Image;
  readonly cpu: number;
  readonly head: bigint;
  readonly how: "copy" | "swap";
  readonly space: AddressSpace;
  /** Xen's loop: the head is the address of the first page of the list, and a word can ask for zeros. */
  readonly dialect?: "xen";
}

export type CopyResult =
  | {
    readonly kind: "done";
    /** Address behind the last word that was read; undefined: the head was all. */
    readonly listEnd: bigint | undefined;
    readonly lastWord: bigint;
    readonly sourceEnd: bigint;
    readonly destinationEnd: bigint;
    /** Whether a page was cleared. */
    readonly cleared: boolean;
  }
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "endless"; readonly message: string };

/** Halves of words in a page. */
const HALVES = PAGE_SIZE / 4;

/** Pages that no link leads to and that are read as a list all the same, until kx stops looking. */
const MOST_STRAY_PAGES = 1 << 16;

export function* copyLoop(run: Run, job: CopyJob): Decision<CopyResult> {
  return yield* new CopyLoop(run, job).follow();
}

class CopyLoop {
  readonly #run: Run;
  readonly #job: CopyJob;
  readonly #batch: Batch;
  readonly #backed: BackedMemory;
  /** What a linked page held when it was entered. */
  readonly #entered = new Map<number, Content | undefined>();
  #dest = 0;
  #source = 0;
  /** Virtual address of the page that is read as a list, and the next word in it, in halves. */
  #page = -1;
  #next = HALVES;
  #words: Uint32Array = new Uint32Array(0);
  #frame = -1;
  #lastTarget = -1;
  #strayPages = 0;
  /** Frames of the pair that is looked at. */
  #from = 0;
  #to = 0;
  readonly #code: number;
  /** Frames that wait to be cleared: start, end; or none. */
  #zeros: number[] = [];
  #cleared = false;
  #what = "pages without a destination";

  constructor(run: Run, job: CopyJob) {
    this.#run = run;
    this.#job = job;
    this.#batch = new Batch(job.how);
    this.#backed = new BackedMemory(run.machine);
    this.#code = job.image.controlCodeFrame ?? -1;
  }

  *follow(): Decision<CopyResult> {
    let low = Number(this.#job.head & 0xffff_ffffn);
    let high = Number(this.#job.head >> 32n);
    let entry = entryOf(low, high);
    if (this.#job.dialect === "xen") entry = { kind: "indirection", address: entry.address };
    for (;;) {
      const { kind, address } = entry;
      if (kind === "done") break;
      if (kind === "destination") {
        yield* this.#flush();
        this.#dest = address;
        this.#what = this.#name(address);
      } else if (kind === "indirection") {
        const trouble = this.#enter(address);
        if (trouble !== undefined) {
          yield* this.#flush();
          return trouble;
        }
      } else if (kind === "zero" && this.#job.dialect === "xen") {
        const trouble = this.#clearPlain() ? undefined : yield* this.#clear();
        if (trouble !== undefined) return trouble;
      } else if (kind === "source") {
        if (this.#zeros.length > 0) yield* this.#flush();
        const trouble = this.#move(address) ??
          (this.#addPlain() ? undefined : yield* this.#addWithCare());
        if (trouble !== undefined) {
          yield* this.#flush();
          return trouble;
        }
      }
      if (this.#next === HALVES) {
        const trouble = yield* this.#nextPage();
        if (trouble !== undefined) return trouble;
      }
      low = this.#words[this.#next]!;
      high = this.#words[this.#next + 1]!;
      this.#next += 2;
      entry = entryOf(low, high);
    }
    yield* this.#flush();
    yield* this.#leaveSwapPage();
    return {
      kind: "done",
      listEnd: this.#page < 0 ? undefined : BigInt(this.#page + this.#next * 4),
      lastWord: (BigInt(high) << 32n) | BigInt(low),
      sourceEnd: BigInt(this.#source),
      destinationEnd: BigInt(this.#dest),
      cleared: this.#cleared,
    };
  }

  /** A link: the address is taken as it is; a page that is entered again unchanged has no end. */
  #enter(address: number): CopyResult | undefined {
    this.#page = address;
    this.#next = HALVES;
    this.#frame = -1;
    const frame = address / PAGE_SIZE;
    const content = this.#run.machine.contents.get(frame);
    if (this.#entered.has(frame) && this.#entered.get(frame) === content) {
      return {
        kind: "endless",
        message: `the list comes back to its page ${hex(address)} and has no end`,
      };
    }
    this.#entered.set(frame, content);
    return undefined;
  }

  /** Reads the page that was linked, or the one behind. Moves that wait and concern it are made first. */
  *#nextPage(): Decision<CopyResult | undefined> {
    if (this.#frame >= 0) this.#page += PAGE_SIZE;
    else if (this.#page < 0) {
      // The head is no link and no end: the register that points into the list holds something else.
      const miss = this.#job.space.translateWide(0xffff_8880_0000_0000n, "read");
      return typeof miss === "number"
        ? { kind: "endless", message: "the head of the list leads nowhere" }
        : this.#fault(miss, "read of the list");
    }
    for (let linked = this.#frame < 0;; linked = false) {
      if (!linked) this.#strayPages++;
      const maddr = this.#translate(this.#page, "read");
      if (typeof maddr !== "number") {
        yield* this.#flush();
        return this.#fault(maddr, "read of the list");
      }
      this.#frame = Math.floor(maddr / PAGE_SIZE);
      if (this.#batch.touches(this.#frame)) yield* this.#flush();
      if (this.#strayPages > MOST_STRAY_PAGES) {
        yield* this.#flush();
        return {
          kind: "endless",
          message:
            `more than ${MOST_STRAY_PAGES} pages behind the list were read as if they belonged to it`,
        };
      }
      const recipe = this.#run.machine.contents.get(this.#frame)?.recipe.kind;
      if (recipe !== undefined && recipe !== "zeros" && recipe !== "unwritten") break;
      // Zeros are no words: on to the next page that holds something, 2 MiB at a time at most.
      const next = this.#run.machine.contents.firstFrom(this.#frame + 1)?.start ?? Infinity;
      const inArea = (Math.floor(this.#page / 2 ** 21) + 1) * 2 ** 21;
      this.#page = Math.min(inArea, this.#page + (next - this.#frame) * PAGE_SIZE);
    }
    this.#load();
    this.#next = 0;
    return undefined;
  }

  #load(): void {
    this.#words = new Uint32Array(
      readMemory(this.#run.machine, this.#frame * PAGE_SIZE, PAGE_SIZE).buffer,
    );
  }

  /** Puts one page into the batch. */
  #move(source: number): CopyResult | undefined {
    const from = this.#translate(source, "read");
    if (typeof from !== "number") return this.#fault(from, `copy of ${this.#what}, its source`);
    const to = this.#translate(this.#dest, "write");
    if (typeof to !== "number") return this.#fault(to, `copy of ${this.#what}, its destination`);
    this.#source = source + PAGE_SIZE;
    this.#dest += PAGE_SIZE;
    this.#from = from / PAGE_SIZE;
    this.#to = to / PAGE_SIZE;
    return undefined;
  }

  /** Nearly every page: nothing that is read later depends on it. False if something may. */
  #addPlain(): boolean {
    const source = this.#from;
    const target = this.#to;
    if (
      source === target || target === this.#frame || source === this.#frame ||
      target === this.#code || source === this.#code ||
      this.#batch.meets(source, target) || !this.#backed.has(target)
    ) return false;
    this.#batch.add(source, target);
    this.#lastTarget = target;
    return true;
  }

  /** Adds the pair; makes the moves at once where what is read next depends on them. */
  *#addWithCare(): Decision<CopyResult | undefined> {
    const source = this.#from;
    const target = this.#to;
    this.#lastTarget = target;
    if (source === target) return undefined;
    if (this.#batch.meets(source, target)) yield* this.#flush();
    if (this.#backed.has(target)) this.#batch.add(source, target);
    else this.#batch.lose(source, target);
    const written = this.#job.how === "swap" ? [source, target] : [target];
    for (const frame of written) {
      if (frame === this.#frame) {
        yield* this.#flush();
        this.#load();
      }
      if (frame === this.#code) {
        return this.#overItself(frame, `copy of ${this.#what}`);
      }
    }
    return undefined;
  }

  *#flush(): Decision<void> {
    yield* this.#batch.flush(this.#run, this.#what);
    if (this.#zeros.length === 0) return;
    const frames = this.#zeros;
    this.#zeros = [];
    yield* emit(this.#run, {
      kind: "frames-written",
      frames,
      recipe: ZEROS,
      shifts: [frames[0]!],
      what: `zeros behind ${this.#what}`,
    });
  }

  /** Nearly every page of zeros: it follows the one before, and nothing depends on it. */
  #clearPlain(): boolean {
    const to = this.#translate(this.#dest, "write");
    if (typeof to !== "number") return false;
    const frame = to / PAGE_SIZE;
    if (
      this.#zeros[1] !== frame || frame === this.#code || frame === this.#frame ||
      this.#batch.touches(frame) || !this.#backed.has(frame)
    ) return false;
    this.#zeros[1] = frame + 1;
    this.#dest += PAGE_SIZE;
    return true;
  }

  /** A page of zeros at the destination. */
  *#clear(): Decision<CopyResult | undefined> {
    const to = this.#translate(this.#dest, "write");
    if (typeof to !== "number") {
      yield* this.#flush();
      return this.#fault(to, `clearing behind ${this.#what}`);
    }
    this.#dest += PAGE_SIZE;
    this.#cleared = true;
    const frame = to / PAGE_SIZE;
    if (this.#batch.touches(frame)) yield* this.#flush();
    if (frame === this.#code) {
      yield* this.#flush();
      return this.#overItself(frame, `clearing behind ${this.#what}`);
    }
    if (this.#backed.has(frame)) {
      if (this.#zeros.at(-1) !== frame) {
        yield* this.#flush();
        this.#zeros = [frame, frame];
      }
      this.#zeros[1] = frame + 1;
    } else this.#batch.lose(frame, frame);
    if (frame === this.#frame) {
      yield* this.#flush();
      this.#load();
    }
    return undefined;
  }

  #overItself(frame: number, doing: string): CopyResult {
    const { cpu } = this.#job;
    const vaddr = BigInt(frame * PAGE_SIZE);
    const why = "the relocation code copied a page over itself";
    return {
      kind: "fault",
      fault: { cpu, exception: "invalid opcode", access: "execute", vaddr, doing, why },
    };
  }

  /** Swapping went by way of it: it holds what the last destination now holds. */
  *#leaveSwapPage(): Decision<void> {
    const { image, how } = this.#job;
    if (how !== "swap" || image.swapFrame === undefined || this.#lastTarget < 0) return;
    if (this.#lastTarget === image.swapFrame) return;
    const moves = [this.#lastTarget, image.swapFrame, 1];
    yield* emit(this.#run, { kind: "frames-copied", moves, what: "left in the swap page" });
  }

  #translate(vaddr: number, access: "read" | "write"): number | Miss {
    return vaddr < 2 ** 52
      ? this.#job.space.translate(vaddr, access)
      : this.#job.space.translateWide(BigInt(vaddr), access);
  }

  #fault(miss: Miss, doing: string): CopyResult {
    return { kind: "fault", fault: pageFault(this.#run.machine, this.#job.cpu, miss, doing) };
  }

  #name(address: number): string {
    const { image } = this.#job;
    const segment = image.segments.find((s) =>
      s.mapOnly !== true && address >= s.dest && address < s.dest + s.destSize
    );
    if (segment === undefined) return `${hex(address)}, no segment of image ${image.name}`;
    const from = address === segment.dest ? "" : ` from ${hex(address)}`;
    return `segment ${segment.name} of image ${image.name}${from}`;
  }
}
