/**
 * What a purgatory does when it has the processor, in order: it notes who to jump back to, takes its
 * own tables and stack, verifies the digest, saves low memory for a crash kernel, tells the command
 * line the jump-back entry, and enters the kernel. Everything it needs it reads from memory.
 * [kexec-tools:purgatory] [linux:purgatory]
 */
import {
  CODE_BYTES,
  CR0,
  type Program,
  type ProgramCpu,
  type ProgramEnd,
  type ProgramStep,
  type PurgatoryKind,
  readRecipe,
  type SegmentRegister,
  zeroRegisters,
} from "../machine/mod.ts";
import { hex, span } from "../routine/mod.ts";
import { hashedBytes, MOST_HASHED } from "./digest.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { hexOf, sha256 } from "./sha256.ts";
import { decodeTable, type Region, type Table, TABLE_SIZE } from "./table.ts";
import { describeSize } from "./words.ts";

const CITE = { kexec_tools: "kexec-tools:purgatory", in_kernel: "linux:purgatory" } as const;

const FLAT = 0xffff_ffffn;
const DATA: SegmentRegister = { selector: 0x18, base: 0n, limit: FLAT, kind: "data" };
const FLAT_DATA = { ds: DATA, es: DATA, ss: DATA, fs: DATA, gs: DATA };
const CODE_64: SegmentRegister = { selector: 0x10, base: 0n, limit: FLAT, kind: "code64" };
const CODE_32: SegmentRegister = { ...CODE_64, kind: "code32" };

/** A purgatory that copies more than this copies what somebody wrote over its table. */
const LARGEST_BACKUP = 1n << 30n;

/** Enabled and active. */
const LONG_MODE = 0x500n;

/** The bytes that stand for its code. */
export function codeOf(layout: Layout): Uint8Array {
  return readRecipe({ kind: "pattern", seed: layout.seed }, 0, layout.table);
}

/** Its programs, as a machine has to know them: the purgatory, and the stub that leaves long mode. */
export function stagesOf(kind: PurgatoryKind, entry?: number): Program[] {
  const layout = layoutOf(kind, entry);
  const code = codeOf(layout);
  const stage = (name: string, at: number, run: Program["run"]): Program => ({
    name,
    isStage: true,
    params: [],
    argumentOffsets: [],
    resultOffset: 0,
    variables: [],
    code: code.slice(at, at + CODE_BYTES),
    bytes: code.slice(at, at + CODE_BYTES),
    run,
  });
  const first = stage("purgatory", layout.entry, (cpu) => new Stage(kind, layout, cpu).run());
  if (layout.entry32 === undefined) return [first];
  const second = stage("entry32 of purgatory", layout.entry32, (cpu) => leave(layout, cpu));
  return [first, second];
}

class Stage {
  readonly #kind: PurgatoryKind;
  readonly #layout: Layout;
  readonly #cpu: ProgramCpu;
  /** Address of its segment. */
  readonly #at: bigint;

  constructor(kind: PurgatoryKind, layout: Layout, cpu: ProgramCpu) {
    this.#kind = kind;
    this.#layout = layout;
    this.#cpu = cpu;
    this.#at = cpu.base - BigInt(layout.entry);
  }

  *run(): Generator<ProgramStep, ProgramEnd, void> {
    const spoiled = this.#spoiledCode();
    if (spoiled !== undefined) return { kind: "fault", why: spoiled };
    const jumpBackEntry = yield* this.#noteJumpBack();
    yield {
      kind: "set-cpu",
      changes: { gdtr: { base: this.#at + BigInt(this.#layout.gdt), limit: 0x1f } },
      segments: { ...FLAT_DATA, cs: CODE_64 },
      what: "purgatory loaded its own GDT and flat segments",
    };
    const table = decodeTable(
      this.#cpu.read(this.#at + BigInt(this.#layout.table), TABLE_SIZE),
      this.#layout,
    );
    const bad = yield* this.#verify(table);
    if (bad !== undefined) return bad;
    const backup = yield* this.#backUp(table);
    if (backup !== undefined) return backup;
    yield* this.#tellJumpBack(table, jumpBackEntry);
    const { rip, ...registers } = table.entry64;
    yield {
      kind: "set-cpu",
      changes: { registers: { ...zeroRegisters(), ...registers } },
      what: "registers as the loader set them",
    };
    return { kind: "jump", vaddr: rip! };
  }

  /** Simplified: any byte of its code that was changed is taken to be run. */
  #spoiledCode(): string | undefined {
    const wanted = codeOf(this.#layout);
    const found = this.#cpu.read(this.#at, wanted.length);
    const index = found.findIndex((byte, i) => byte !== wanted[i]);
    if (index < 0) return undefined;
    const at = Number(this.#at) + index;
    const change = this.#cpu.changed().find((c) => at >= c.start && at < c.end);
    const writer = change?.writer === undefined
      ? ""
      : `: step ${change.writer.step} wrote ${change.writer.what}`;
    return `the code of purgatory is not what was loaded at ${hex(at)}${writer}`;
  }

  /** The word on top of the stack: for a call its return address, for a jump zero. */
  *#noteJumpBack(): Generator<ProgramStep, bigint, void> {
    const offset = this.#layout.jumpBackEntry;
    if (offset === undefined) return 0n;
    const rsp = this.#cpu.register("rsp")!;
    const bytes = this.#cpu.read(rsp, 8);
    const word = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
    yield {
      kind: "store",
      vaddr: this.#at + BigInt(offset),
      bytes,
      what: "jump-back entry, as purgatory found it on the stack",
    };
    if (word === 0n || word === this.#cpu.jumpBack) return word;
    yield {
      kind: "hazard",
      hazard: {
        code: "jump-back-entry-garbage",
        message: `purgatory takes ${hex(word)} at ${
          hex(rsp)
        } for a jump-back entry: nobody put one there`,
        key: `jump-back-entry-garbage:${rsp}`,
        cite: "kexec-tools:jump_back_entry",
      },
    };
    return word;
  }

  *#verify(table: Table): Generator<ProgramStep, ProgramEnd | undefined, void> {
    if (table.skipChecks) {
      yield { kind: "say", text: "digests are not checked" };
      return undefined;
    }
    const regions = table.regions.filter(({ length }) => length > 0n);
    const size = hashedBytes(regions);
    const how = size > MOST_HASHED ? "comparison, since hashing would take too long," : "SHA-256";
    const what = `${how} over ${regions.length} region${regions.length === 1 ? "" : "s"}, ${
      describeSize(size)
    }`;
    const found = size > MOST_HASHED ? this.#compared(regions, table) : this.#hashed(regions);
    if (equal(found, table.digest)) {
      yield { kind: "say", text: `${what}: as stored` };
      return undefined;
    }
    yield { kind: "say", text: `${what}: ${hexOf(found)} and not ${hexOf(table.digest)}` };
    return {
      kind: "loop",
      code: "digest-mismatch",
      brief: "purgatory found another digest than was stored",
      message: this.#blame(),
      cite: CITE[this.#kind],
    };
  }

  #hashed(regions: readonly Region[]): Uint8Array {
    const hash = sha256();
    for (const { start, length } of regions) {
      for (const piece of this.#cpu.pieces(start, length)) hash.update(piece);
    }
    return hash.digest();
  }

  /** Too much to hash: the first and the last byte of each region must be there, all others as loaded. */
  #compared(regions: readonly Region[], table: Table): Uint8Array {
    for (const { start, length } of regions) {
      this.#cpu.read(start, 1);
      this.#cpu.read(start + length - 1n, 1);
    }
    return this.#cpu.changed().length === 0 ? table.digest : new Uint8Array(32).fill(0xff);
  }

  /** Which bytes, in which segment, by whom. */
  #blame(): string {
    const changed = this.#cpu.changed();
    if (changed.length === 0) return "every byte of the image is as it was loaded";
    const texts = changed.slice(0, 4).map(({ segment, start, end, writer }) =>
      `${span(start, end)} of segment ${segment} ` +
      (writer === undefined
        ? "never arrived"
        : `holds ${writer.what}, written by step ${writer.step}`)
    );
    const more = changed.length - texts.length;
    if (more > 0) texts.push(`and ${more} more`);
    return texts.join("; ");
  }

  /** Only for a crash kernel, and only behind a good digest. [kexec-tools:crashdump_backup_memory] */
  *#backUp(table: Table): Generator<ProgramStep, ProgramEnd | undefined, void> {
    const { from, to, length } = table.backup;
    if (!table.isPanicKernel || length === 0n) return undefined;
    if (length > LARGEST_BACKUP) {
      return { kind: "fault", why: `purgatory's table asks for a backup of ${hex(length)} bytes` };
    }
    yield {
      kind: "copy",
      from,
      to,
      length: Number(length),
      what: `backup of low memory ${span(from, from + length)}`,
    };
    return undefined;
  }

  *#tellJumpBack(table: Table, entry: bigint): Generator<ProgramStep, void, void> {
    if (entry === 0n || table.cmdlineEnd === 0n) return;
    const text = ` kexec_jump_back_entry=${hex(entry)}`;
    yield {
      kind: "store",
      vaddr: table.cmdlineEnd,
      bytes: new TextEncoder().encode(`${text}\0`),
      what: `\`${text.trim()}\` on the command line`,
    };
  }
}

/**
 * Out of long mode: paging off, flat 32-bit segments. In code that lies above 4 GiB the first of these,
 * a 32-bit code segment, already goes astray: only the low half of the address is left.
 * [kexec-tools:entry32]
 */
function* leave(layout: Layout, cpu: ProgramCpu): Generator<ProgramStep, ProgramEnd, void> {
  if (cpu.base > FLAT) {
    yield {
      kind: "set-cpu",
      changes: {},
      segments: { cs: CODE_32 },
      what: `32-bit code segment: of ${hex(cpu.base)} the low half is left`,
    };
    return { kind: "jump", vaddr: cpu.base & FLAT };
  }
  const at = cpu.base - BigInt(layout.entry32!);
  const { entry32 } = decodeTable(cpu.read(at + BigInt(layout.table), TABLE_SIZE), layout);
  const { eip, ...rest } = entry32;
  const registers = Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [`r${name.slice(1)}`, value]),
  );
  yield {
    kind: "set-cpu",
    changes: {
      cr0: (cpu.register("cr0")! & ~CR0.PG) | CR0.PE,
      cr3: 0n,
      cr4: 0n,
      registers: { ...zeroRegisters(), ...registers },
    },
    segments: { ...FLAT_DATA, cs: CODE_32 },
    clearsEfer: LONG_MODE,
    what: "paging off: protected mode with flat 32-bit segments",
  };
  return { kind: "jump", vaddr: eip!, unpaged: true };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
