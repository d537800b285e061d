/**
 * Structures of the hypercall as declarations, and where a compiler puts their members. Offsets are
 * computed from the two ABIs' alignment rules, not typed in: that is where the pads come from.
 *
 * x86-64 aligns a 64-bit integer to 8 bytes, i386 to 4. [xen:kexec.h]
 */

/** Of the caller: bits of a `long` and of a pointer. */
export type Width = 64 | 32;

/**
 * `int` is signed, the rest unsigned. `handle` is a guest pointer in a union with a 64-bit word,
 * `aligned_handle` a guest pointer padded and aligned to 8 bytes by an attribute.
 */
export type MemberType =
  | "int"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "ulong"
  | "handle"
  | "aligned_handle";

export interface Member {
  readonly name: string;
  readonly type: MemberType;
  /** Elements, where it is an array. */
  readonly count?: number;
  /** Only fills: no value is read from it. */
  readonly pad?: true;
  /** What it is for, or why the pad is there. */
  readonly about: string;
}

export interface Struct<M extends readonly Member[] = readonly Member[]> {
  readonly name: string;
  readonly about: string;
  readonly members: M;
}

/** A structure made of `const` declarations, so that the types of its values follow from them. */
export function struct<const M extends readonly Member[]>(
  name: string,
  about: string,
  members: M,
): Struct<M> {
  return { name, about, members };
}

type ValueOf<M extends Member> = M extends { readonly count: number } ? readonly bigint[] : bigint;

/** Values of the members that are not pads, by name. */
export type Values<S extends Struct> = {
  readonly [
    M in S["members"][number] as M extends { readonly pad: true } ? never : M["name"]
  ]: ValueOf<M>;
};

/** A member in its place, or bytes that the compiler left between two. Bytes. */
export interface Field {
  readonly name: string;
  /** As C writes it. */
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly pad: boolean;
  readonly about: string;
}

export interface Layout {
  readonly name: string;
  readonly width: Width;
  /** `sizeof`, bytes. */
  readonly size: number;
  /** Of the whole structure, bytes. */
  readonly alignment: number;
  /** By offset, pads included: they cover every byte. */
  readonly fields: readonly Field[];
}

const C_TYPES: Readonly<Record<MemberType, string>> = {
  int: "int",
  u8: "uint8_t",
  u16: "uint16_t",
  u32: "uint32_t",
  u64: "uint64_t",
  ulong: "unsigned long",
  handle: "union { XEN_GUEST_HANDLE; uint64_t }",
  aligned_handle: "XEN_GUEST_HANDLE_64",
};

/** Bytes of one element. */
export function sizeOfType(type: MemberType, width: Width): number {
  switch (type) {
    case "u8":
      return 1;
    case "u16":
      return 2;
    case "int":
    case "u32":
      return 4;
    case "ulong":
      return width / 8;
    case "u64":
    case "handle":
    case "aligned_handle":
      return 8;
  }
}

function alignmentOf(type: MemberType, width: Width): number {
  const size = sizeOfType(type, width);
  return size === 8 && width === 32 && type !== "aligned_handle" ? 4 : size;
}

/** Where each member is for a caller of this width. */
export function layoutOf(of: Struct, width: Width): Layout {
  const fields: Field[] = [];
  let at = 0;
  let alignment = 1;
  for (const member of of.members) {
    const align = alignmentOf(member.type, width);
    alignment = Math.max(alignment, align);
    at = fill(fields, at, align, `aligns ${member.name} to ${align} bytes`);
    const size = sizeOfType(member.type, width) * (member.count ?? 1);
    const type = C_TYPES[member.type] + (member.count === undefined ? "" : `[${member.count}]`);
    const { name, about, pad = false } = member;
    fields.push({ name, type, offset: at, size, pad, about });
    at += size;
  }
  const size = fill(fields, at, alignment, `makes the size a multiple of ${alignment}`);
  return { name: of.name, width, size, alignment, fields };
}

/** Adds the compiler's own pad up to the next multiple of `align`; where that is. */
function fill(fields: Field[], at: number, align: number, about: string): number {
  const next = Math.ceil(at / align) * align;
  if (next > at) {
    fields.push({ name: "", type: "", offset: at, size: next - at, pad: true, about });
  }
  return next;
}
