/** One page: whose it is, who wrote it, and its bytes, equal lines summed up as hexdump does. */
import { describeRecipe, type Machine, ownerOf, readMemory } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { address } from "./format.ts";

export function renderPage(machine: Machine, at: bigint): string[] {
  if (at >= 1n << 52n) return [`${address(at)} is beyond every physical address`];
  const frame = Math.floor(Number(at) / PAGE_SIZE);
  const owner = ownerOf(machine, frame);
  const content = machine.contents.get(frame);
  const lines = [
    `page ${address(frame * PAGE_SIZE)}`,
    `  owner    ${
      owner === undefined
        ? "nobody: no RAM here"
        : owner === "free"
        ? "free"
        : `${owner.kind}: ${owner.label}`
    }`,
    `  content  ${
      content === undefined
        ? "nothing written yet"
        : `${content.what}: ${describeRecipe(content.recipe)}, written at step ${content.writer}`
    }`,
  ];
  return content === undefined
    ? lines
    : [...lines, ...hexDump(readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE), frame * PAGE_SIZE)];
}

export function hexDump(bytes: Uint8Array, base: number): string[] {
  const lines: string[] = [];
  let previous = "";
  let skipping = false;
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = [...row].map((b) => b.toString(16).padStart(2, "0")).join(" ");
    if (hex === previous && at + 16 < bytes.length) {
      if (!skipping) lines.push("  *");
      skipping = true;
      continue;
    }
    skipping = false;
    previous = hex;
    const ascii = [...row].map((b) => b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".").join(
      "",
    );
    lines.push(`  ${address(base + at)}  ${hex}  ${ascii}`);
  }
  return lines;
}
