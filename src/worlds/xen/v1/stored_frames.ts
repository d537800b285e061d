/** Which frames an image that Xen only has the addresses of will need. */
import { type Image, isRam, type Machine } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { guestWords } from "./guest_list.ts";

/** Whether Xen or the relocation code can read there: RAM, or the first MiB. */
export function hasMemory(machine: Machine, at: bigint): boolean {
  if (at >= 1n << 52n) return false;
  const frame = Math.floor(Number(at) / PAGE_SIZE);
  return frame < 256 || isRam(machine, frame);
}

/** A frame that a stored image will need when it is run. */
export interface StoredFrame {
  readonly frame: number;
  readonly what: string;
}

/** Pages of `page_list`, of the list and of the data, as memory says now. */
export function storedFrames(machine: Machine, image: Image): StoredFrame[] {
  const { pageList = [], head } = image;
  const frames: StoredFrame[] = [];
  const add = (address: bigint, what: string) => {
    if (address !== 0n && hasMemory(machine, address)) {
      frames.push({ frame: Number(address >> 12n), what });
    }
  };
  for (const [k, address] of pageList.entries()) if (k % 2 === 0) add(address, `page_list[${k}]`);
  add(head, "a page of the list");
  const width = image.elfMachine === 3 ? 32 : 64;
  for (const word of guestWords(machine, head, width, hasMemory)) {
    if (word.kind === "source") add(word.address, "a page of the data");
    else if (word.kind === "indirection") add(word.address, "a page of the list");
    else if (word.kind === "other") break;
  }
  return frames;
}
