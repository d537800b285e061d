/** Which frames an image that Xen only has the addresses of will need. */
import type { Image, Machine } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { guestWords, hasMemory } from "./guest_list.ts";

/** A frame that a stored image will need when it is run. */
export interface StoredFrame {
  readonly frame: number;
  readonly what: string;
}

/** Pages of `page_list`, of the list and of the data, as memory says now. */
export function storedFrames(machine: Machine, image: Image): StoredFrame[] {
  const { pageList = [], head } = image;
  const frames: StoredFrame[] = [];
  const add = (address: number, what: string) => {
    if (address !== 0 && hasMemory(machine, address)) {
      frames.push({ frame: Math.floor(address / PAGE_SIZE), what });
    }
  };
  for (const [k, address] of pageList.entries()) {
    if (k % 2 === 0) add(Number(address), `page_list[${k}]`);
  }
  add(Number(head), "a page of the list");
  const width = image.elfMachine === 3 ? 32 : 64;
  for (const word of guestWords(machine, head, width)) {
    if (word.kind === "source") add(word.address, "a page of the data");
    else if (word.kind === "indirection") add(word.address, "a page of the list");
    else if (word.kind === "other") break;
  }
  return frames;
}
