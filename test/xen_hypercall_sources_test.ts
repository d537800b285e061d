/**
 * What Xen 4.17's sources say of hypercalls, and no recording shows. Found by comparing kx with the
 * routines themselves, compiled and fed the same calls at random.
 */
import {
  CRASH,
  DEFAULT,
  each,
  hex,
  holds,
  load,
  loadV1,
  of,
  type Row,
  segment,
  TOP,
} from "./xen_lab.ts";

const PAGE = 0x1000;
const AREA = 0x800_0000;

holds("zeros behind data that wraps around the end of memory", "main", [
  ["to page 0", [load(0, [segment("p41", PAGE, TOP - 0x1000n, 2 * PAGE)])], [0]],
  ["and on to no end", [
    load(0, [segment("p41", PAGE, TOP - 0x1000n, TOP - 0x2000n)]),
  ], ["HYPERVISOR_HANG"]],
  ["without wrapping", [load(0, [segment("p41", PAGE, DEFAULT, 1n << 62n)])], ["HYPERVISOR_HANG"]],
  ["more than the heap has words for", [
    load(0, [segment("p41", PAGE, 1n << 32n, 1n << 38n)]),
    load(0, [segment("p41", PAGE, DEFAULT, PAGE)]),
  ], ["ENOMEM", 0]],
  ["in many pages of the list", [
    load(0, [segment("p41", PAGE, 1n << 32n, 1n << 34n)]),
    of("unload", 0),
  ], [0, 0]],
]);

const TO = "0x10000001";
const FROM = "0x30000008";
const SELF = "0xa000002";
const DONE = "0x4";
holds("a list of op 1 that leads back is walked until it has too many segments", "main", [
  ...each(
    [[TO, FROM, SELF], [TO, "0x20000001", SELF], [TO, FROM, FROM, "0x10002001", FROM, SELF]],
    (words): Row => [words.join(), [loadV1(0, words), of("status", 0)], ["EINVAL", 0]],
  ),
  ...each(
    [[SELF], [TO, SELF], [TO, "0xa000012", DONE, FROM]],
    (words): Row => [words.join(), [loadV1(0, words)], ["HYPERVISOR_HANG"]],
  ),
]);

const CODE = segment("p41", PAGE, CRASH, PAGE);
const zeros = (at: number, pages: number) => segment("p42", 0, at, pages * PAGE);
holds("the heap takes a page of the crash area that a list says", "main", [
  // The new image's first table lies where the list of the old one was, and leads to a page of zeros.
  ["and lives on", [load(1, [CODE]), load(1, [zeros(AREA, 1)]), load(1, [CODE])], [0, 0, 0]],
  ["but not twice", [
    load(1, [CODE]),
    load(1, [zeros(AREA, 1)]),
    of("unload", 1),
    load(1, [CODE]),
    load(1, [zeros(AREA, 1)]),
  ], [0, 0, 0, 0, "XEN_PANIC"]],
]);

holds("buffers that adjoin nothing", "main", [
  // Longer than any array: a pointer into the middle of it is read where it is needed.
  ["in a large one", [
    load(0, [
      segment("p41", 1n << 45n, DEFAULT, PAGE),
      segment("x0x10001000", PAGE, DEFAULT, PAGE),
    ]),
  ], ["EINVAL"]],
  ["where no address is", [
    load(1, [segment(`x${hex(1n << 47n)}`, PAGE, CRASH, PAGE)]),
  ], [0]],
]);
