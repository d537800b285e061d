/**
 * What a loader does for a purgatory: it makes a segment of it, with a table of the other segments and
 * their digest, and lets the image begin there. [kexec-tools:update_purgatory]
 * [linux:kexec_calculate_store_digests]
 */
import type { PurgatoryKind, Recipe, SegmentSpec } from "../machine/mod.ts";
import { digestOfSegments, regionsOf } from "./digest.ts";
import { type Layout, layoutOf } from "./layout.ts";
import type { Touch } from "./reach.ts";
import { codeOf } from "./stage.ts";
import { encodeTable, type Region, type Table } from "./table.ts";

export interface LayRequest {
  readonly kind: PurgatoryKind;
  /** Where the segment goes. */
  readonly at: bigint;
  /** Offset of its entry point, where builds differ. */
  readonly entry?: number;
  /** In the order of the image, without the purgatory. */
  readonly segments: readonly SegmentSpec[];
  /** Where it goes on: the kernel's own entry point. */
  readonly next: bigint;
  readonly isCrash: boolean;
  readonly skipChecks?: boolean;
  readonly entry32?: boolean;
  readonly registers?: Readonly<Record<string, bigint>>;
  readonly backup?: { readonly from: bigint; readonly to: bigint; readonly length: bigint };
  readonly cmdlineEnd?: bigint;
  /** Segments that may change before the image starts. */
  readonly unhashed?: readonly string[];
}

/** What an image needs to know of its purgatory when it is built. */
export interface Laid {
  readonly kind: PurgatoryKind;
  readonly at: number;
  readonly segment: SegmentSpec;
  readonly entryPoint: bigint;
  /** Bytes that it hashes. */
  readonly regions: readonly Region[];
  /** What it will read, write and run. */
  readonly touches: readonly Touch[];
  /** What its 32-bit registers cannot hold: the addresses are cut to their low half. */
  readonly cut: readonly Address[];
}

interface Address {
  readonly what: string;
  readonly at: bigint;
}

/** Segments in which a loader keeps boot_params, by their names in kx. */
const BOOT_PARAMS = ["boot_params", "real_mode"];

export function layPurgatory(request: LayRequest): Laid {
  const layout = layoutOf(request.kind, request.entry);
  const unhashed = request.unhashed ?? [];
  const hashed = request.segments.filter((s) => s.destSize > 0n && !unhashed.includes(s.name));
  const table = tableOf(request, layout, regionsOf(hashed));
  let made: Uint8Array | undefined;
  const recipe: Recipe = {
    kind: "computed",
    length: layout.size,
    label: "code and table of purgatory",
    bytes: () => made ??= bytesOf(layout, { ...table, digest: digestOfSegments(hashed) }),
  };
  return {
    kind: request.kind,
    at: Number(request.at),
    segment: {
      name: "purgatory",
      buffer: { recipe, readable: layout.size, label: "purgatory" },
      bufferSize: BigInt(layout.size),
      dest: request.at,
      destSize: BigInt(layout.memory),
    },
    entryPoint: request.at + BigInt(layout.entry),
    regions: table.regions,
    touches: touchesOf(table, request, layout),
    cut: request.entry32 === true ? addresses32(request).filter(({ at }) => at > LAST_32) : [],
  };
}

const LAST_32 = 0xffff_ffffn;

/** Where a purgatory that leaves long mode goes and points to. */
function addresses32(request: LayRequest): Address[] {
  return [
    { what: "its own code and stack", at: request.at },
    { what: "the kernel's entry point", at: request.next },
    { what: "the boot parameters", at: paramsOf(request) },
  ];
}

function paramsOf({ segments }: LayRequest): bigint {
  return segments.find((s) => BOOT_PARAMS.includes(s.name))?.dest ?? 0n;
}

function bytesOf(layout: Layout, table: Table): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  bytes.set(codeOf(layout));
  bytes.set(encodeTable(table, layout), layout.table);
  return bytes;
}

function tableOf(request: LayRequest, layout: Layout, regions: readonly Region[]): Table {
  const params = paramsOf(request);
  const stack = request.at + BigInt(layout.stackEnd);
  const chosen = request.registers ?? {};
  const stub = request.entry32 === true && layout.entry32 !== undefined
    ? request.at + BigInt(layout.entry32)
    : undefined;
  const entry32 = Object.fromEntries(
    Object.entries(chosen).map(([name, value]) => [`e${name.slice(1)}`, value]),
  );
  return {
    regions,
    digest: new Uint8Array(32),
    entry64: { rbx: 0n, rsi: params, rsp: stack, ...chosen, rip: stub ?? request.next },
    entry32: { ebx: 0n, esi: params, esp: stack, ...entry32, eip: request.next },
    backup: request.backup ?? { from: 0n, to: 0n, length: 0n },
    cmdlineEnd: request.cmdlineEnd ?? 0n,
    isPanicKernel: request.isCrash && request.backup !== undefined,
    skipChecks: request.skipChecks ?? false,
  };
}

function touchesOf(table: Table, request: LayRequest, layout: Layout): Touch[] {
  const touches: Touch[] = [{
    what: "its own segment",
    start: request.at,
    length: BigInt(layout.memory),
    access: "read",
  }];
  if (!table.skipChecks) {
    for (const { start, length } of table.regions) {
      touches.push({ what: "a region that it hashes", start, length, access: "read" });
    }
  }
  const { from, to, length } = table.backup;
  if (table.isPanicKernel) {
    touches.push({ what: "low memory to be saved", start: from, length, access: "read" });
    touches.push({ what: "the backup of low memory", start: to, length, access: "write" });
  }
  if (table.cmdlineEnd !== 0n) {
    touches.push({
      what: "the end of the command line",
      start: table.cmdlineEnd,
      length: 1n,
      access: "write",
    });
  }
  // Without paging there is nothing to be mapped.
  if (request.entry32 !== true) {
    touches.push({
      what: "the kernel's entry point",
      start: request.next,
      length: 1n,
      access: "execute",
    });
  }
  return touches;
}
