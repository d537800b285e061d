/** Structures from and to the bytes that a guest hands over, little-endian. */
import {
  layoutOf,
  type Member,
  sizeOfType,
  type Struct,
  type Values,
  type Width,
} from "./struct.ts";

/** Bytes of the structure. Values are cut to their member's width, as C does; pads are zero. */
export function encode<S extends Struct>(of: S, width: Width, values: Values<S>): Uint8Array {
  const { bytes, places } = open(of, width);
  const view = new DataView(bytes.buffer);
  const byName = values as Readonly<Record<string, bigint | readonly bigint[]>>;
  for (const { member, offset, size } of places) {
    if (member.pad) continue;
    const given = byName[member.name]!;
    const items = typeof given === "bigint" ? [given] : given;
    for (let i = 0; i < (member.count ?? 1); i++) {
      const value = items[i] ?? 0n;
      write(view, offset + i * size, size, value);
    }
  }
  return bytes;
}

/** `sizeof` for a caller of this width, bytes. */
export function sizeOfStruct(of: Struct, width: Width): number {
  return layoutOf(of, width).size;
}

/**
 * Values of the first `sizeof` bytes; undefined if there are fewer. A 32-bit caller's pointer is
 * read with the upper half of its union: garbage there is an address above 4 GiB.
 */
export function decode<S extends Struct>(
  of: S,
  width: Width,
  bytes: Uint8Array,
): Values<S> | undefined {
  const { size: total, places } = placesOf(of, width);
  if (bytes.length < total) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Record<string, bigint | bigint[]> = {};
  for (const { member, offset, size } of places) {
    if (member.pad) continue;
    const signed = member.type === "int";
    const at = (i: number) => read(view, offset + i * size, size, signed);
    values[member.name] = member.count === undefined
      ? at(0)
      : Array.from({ length: member.count }, (_, i) => at(i));
  }
  return values as Values<S>;
}

interface Place {
  readonly member: Member;
  readonly offset: number;
  /** Of one element, bytes. */
  readonly size: number;
}

interface Places {
  readonly size: number;
  readonly places: readonly Place[];
}

/** A declaration is laid out once for each width, however many calls use it. */
const KNOWN = new WeakMap<Struct, Map<Width, Places>>();

function placesOf(of: Struct, width: Width): Places {
  const byWidth = KNOWN.get(of) ?? new Map<Width, Places>();
  KNOWN.set(of, byWidth);
  const known = byWidth.get(width);
  if (known !== undefined) return known;
  const { size, fields } = layoutOf(of, width);
  const named = fields.filter((f) => f.name !== "");
  const places = of.members.map((member, i) => ({
    member,
    offset: named[i]!.offset,
    size: sizeOfType(member.type, width),
  }));
  const made = { size, places };
  byWidth.set(width, made);
  return made;
}

function open(
  of: Struct,
  width: Width,
): { bytes: Uint8Array<ArrayBuffer>; places: readonly Place[] } {
  const { size, places } = placesOf(of, width);
  return { bytes: new Uint8Array(size), places };
}

function write(view: DataView, at: number, size: number, value: bigint): void {
  if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
  else if (size === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else if (size === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
  else view.setUint8(at, Number(BigInt.asUintN(8, value)));
}

function read(view: DataView, at: number, size: number, signed: boolean): bigint {
  if (size === 8) return view.getBigUint64(at, true);
  if (size === 4) return BigInt(signed ? view.getInt32(at, true) : view.getUint32(at, true));
  return BigInt(size === 2 ? view.getUint16(at, true) : view.getUint8(at));
}
