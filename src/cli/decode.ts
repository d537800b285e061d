/** From bytes to text, and where a file that should be text is none. */
import type { Opened } from "../engine/mod.ts";

/**
 * UTF-8 without its byte order mark. Texts with a zero byte are refused here: no script and no map has
 * one, and a file that was named by mistake nearly always does.
 */
export function decodeText(bytes: Uint8Array, name: string): Opened<string> {
  const zero = bytes.indexOf(0);
  if (hasMarkOfUtf16(bytes)) {
    return {
      ok: false,
      message: `\`${name}\` is UTF-16, and kx reads UTF-8`,
      hint: "Save it again with the encoding UTF-8",
    };
  }
  if (zero !== -1) {
    return {
      ok: false,
      message: `\`${name}\` is not text: byte 0 at offset ${offsetText(zero)}`,
    };
  }
  try {
    return { ok: true, value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const at = firstBrokenByte(bytes);
    const value = bytes[at]?.toString(16).padStart(2, "0");
    return {
      ok: false,
      message: value === undefined
        ? `\`${name}\` is not UTF-8: it ends inside a character`
        : `\`${name}\` is not UTF-8: byte 0x${value} at offset ${offsetText(at)}`,
    };
  }
}

function offsetText(offset: number): string {
  return `0x${offset.toString(16)}`;
}

function hasMarkOfUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** Offset of the first byte that belongs to no character; the length, if the last one is cut off. */
export function firstBrokenByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    for (let i = 1; i < length; i++) {
      const next = bytes[at + i];
      if (next === undefined) return bytes.length;
      if (next < 0x80 || next > 0xbf) return at;
    }
    at += length;
  }
  return bytes.length;
}

/** How many bytes the character at `at` has by its first two; 0 if none can begin so. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 2;
  const second = bytes[at + 1] ?? 0x80;
  if (first < 0xf0) {
    // E0 would be overlong below A0; ED would be a surrogate from A0 on.
    if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
    return 3;
  }
  // F0 would be overlong below 90; F4 would be past the last character from 90 on.
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return 4;
}
