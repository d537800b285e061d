/**
 * A v1 image of Xen 4.3 and older is run: Xen calls the guest's code through its fixmap, and all that
 * follows is done by that code, in the guest's pages, with the guest's tables. Whoever got one of
 * these pages since has a part in what happens.
 *
 * 1. the tables of the transition are filled: the code at its address in Xen, and at its machine
 *    address; 2. CR3 leads to them, the code goes on at the machine address; 3. CR3 leads to the
 *    identity map; 4. the copy loop; 5. registers are cleared, the image starts.
 * [xen:machine_kexec] [linux-uek:xen_relocate_kernel]
 */
import { type Decision, type Image, zeroRegisters } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import {
  AddressSpace,
  type Arrival,
  changeCpu,
  copyLoop,
  hang,
  type Miss,
  pageFault,
  tripleFault,
} from "../../../execution/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { emit, milestone, type Run } from "../steps.ts";
import { holdsGuestCode } from "./guest_code.ts";
import { guestWords, hasMemory } from "./guest_list.ts";
import { meantBy } from "./meant.ts";

const CALL = "xen:machine_kexec";
const CODE = "linux-uek:xen_relocate_kernel";
const TABLE_FLAGS = 0x63n;
const PAGE_FLAGS = 0x163n;

/** Indices into `page_list`: machine addresses of the transition's tables. */
const LIST = { code: 0, pgd: 2, way: [4, 8, 12], back: [6, 10, 14], identity: 16 } as const;

/** Words that mean nothing, until kx stops looking for one that does. */
const MOST_STRANGE_WORDS = 1 << 16;

/** From the call to the first instruction of the image. */
export function* runStored(run: Run, image: Image, cpu: number): Decision<Arrival | "gone"> {
  const list = image.pageList ?? [];
  const code = list[LIST.code] ?? 0n;
  yield* milestone(run, `Xen calls page_list[1] = ${hex(list[1] ?? 0n)}: the guest's code`, CALL);
  const lost = codeProblem(run, code);
  if (lost !== undefined) {
    yield* tripleFault(run, {
      cpu,
      exception: "invalid opcode",
      access: "execute",
      vaddr: list[1] ?? 0n,
      doing: "relocation code of the guest",
      why: lost,
    });
    return "gone";
  }
  return image.elfMachine === 3
    ? yield* withoutPaging(run, image, cpu)
    : yield* throughTables(run, image, cpu, list);
}

/** Why the page that `page_list[0]` names cannot be run; undefined if it can. */
function codeProblem(run: Run, code: bigint): string | undefined {
  if (!hasMemory(run.machine, Number(code))) return `no memory at ${hex(code)}`;
  const frame = Number(code >> 12n);
  if (holdsGuestCode(run.machine, frame)) return undefined;
  const content = run.machine.contents.get(frame);
  const owner = run.machine.owners.get(frame)?.label ?? "free memory";
  return content === undefined
    ? `nobody ever wrote ${hex(code)} (${owner})`
    : `step ${content.writer} wrote ${content.what} to ${hex(code)} (${owner})`;
}

function* throughTables(
  run: Run,
  image: Image,
  cpu: number,
  list: readonly bigint[],
): Decision<Arrival | "gone"> {
  const departed = run.machine.processors[cpu]!;
  const code = list[LIST.code]!;
  yield* fillTransition(run, cpu, list, list[1]!, LIST.way);
  yield* fillTransition(run, cpu, list, code, LIST.back);
  let space = new AddressSpace(() => run.machine, list[LIST.pgd]!, 4);
  const there = space.translateWide(list[1]!, "execute");
  if (typeof there !== "number") return yield* faulted(run, cpu, there, "transition of the guest");
  const here = space.translateWide(code, "execute");
  if (typeof here !== "number") return yield* faulted(run, cpu, here, "transition of the guest");
  space = new AddressSpace(() => run.machine, list[LIST.identity]!, 4);
  const identity = space.translateWide(code, "execute");
  if (typeof identity !== "number") {
    return yield* faulted(run, cpu, identity, "identity map of the guest");
  }
  yield* changeCpu(run, cpu, {
    cr3: list[LIST.identity]!,
    cr4: 0x20n,
    rflags: 2n,
    registers: { ...departed.registers, rsp: code + 4096n },
  }, "CR3 leads to the guest's identity map");
  // Told by the segments that dom0 meant, and stopped where the code copies over itself.
  const meant = { ...meantBy(run.machine, image), controlCodeFrame: Number(code >> 12n) };
  const job = { image: meant, cpu, head: image.head, how: "copy", space } as const;
  const copied = yield* copyLoop(run, job);
  if (copied.kind === "fault") {
    yield* tripleFault(run, copied.fault);
    return "gone";
  }
  if (copied.kind === "endless") {
    yield* hang(run, "list-without-end", copied.message, CODE);
    return "gone";
  }
  const entered = space.translateWide(image.entryPoint, "execute");
  if (typeof entered !== "number") {
    return yield* faulted(run, cpu, entered, `first instruction of image ${image.name}`);
  }
  return yield* arrive(run, image, cpu, space, 0x80000033n);
}

/** One entry in each of the four tables on the way from the root to the code page. */
function* fillTransition(
  run: Run,
  cpu: number,
  list: readonly bigint[],
  vaddr: bigint,
  way: readonly number[],
): Decision<void> {
  const tables = [list[LIST.pgd]!, ...way.map((k) => list[k]!)];
  const next = [...tables.slice(1), list[LIST.code]!];
  for (const [i, table] of tables.entries()) {
    if (!hasMemory(run.machine, Number(table))) continue;
    const index = (vaddr >> BigInt(39 - 9 * i)) & 511n;
    const flags = i === 3 ? PAGE_FLAGS : TABLE_FLAGS;
    yield* emit(run, {
      kind: "bytes-stored",
      cpu,
      at: Number(table & ~0xfffn) + Number(index) * 8,
      bytes: new Uint8Array(BigUint64Array.of((next[i]! & ~0xfffn) | flags).buffer),
      what: "transition to the guest's identity map",
    });
  }
}

/**
 * The code of a 32-bit guest switches paging off before it copies: any address below 4 GiB will do.
 *
 * Simplified: the whole list is read before the first page is copied.
 */
function* withoutPaging(run: Run, image: Image, cpu: number): Decision<Arrival | "gone"> {
  const moves: number[] = [];
  let dest = 0;
  let strange = 0;
  const words = guestWords(run.machine, image.head, 32);
  for (let next = words.next();; next = words.next()) {
    if (next.done) {
      if (next.value.kind === "done") break;
      const why = next.value.kind === "endless"
        ? "comes back to itself"
        : "leads where no memory is";
      yield* hang(run, "list-without-end", `the list of image ${image.name} ${why}`, CODE);
      return "gone";
    }
    const { kind, address } = next.value;
    if (kind === "other" && ++strange > MOST_STRANGE_WORDS) {
      const message = `what image ${image.name} has for a list says nothing for ${strange} words`;
      yield* hang(run, "list-without-end", message, CODE);
      return "gone";
    }
    if (kind === "destination") dest = address;
    if (kind !== "source") continue;
    pushMove(moves, address / PAGE_SIZE, dest / PAGE_SIZE);
    dest += PAGE_SIZE;
  }
  const what = `pages of image ${image.name}`;
  for (let i = 0; i < moves.length; i += 3) {
    yield* emit(run, { kind: "frames-copied", moves: moves.slice(i, i + 3), what });
  }
  return yield* arrive(run, image, cpu, AddressSpace.unpaged(() => run.machine), 0x33n);
}

function pushMove(moves: number[], source: number, target: number): void {
  const at = moves.length - 3;
  if (
    at >= 0 && moves[at]! + moves[at + 2]! === source && moves[at + 1]! + moves[at + 2]! === target
  ) {
    moves[at + 2]!++;
  } else moves.push(source, target, 1);
}

function* arrive(
  run: Run,
  image: Image,
  cpu: number,
  space: AddressSpace,
  cr0: bigint,
): Decision<Arrival> {
  const departed = run.machine.processors[cpu]!;
  const width = image.elfMachine === 3 ? 32 : 64;
  yield* changeCpu(run, cpu, {
    registers: zeroRegisters(),
    rip: BigInt.asUintN(width, image.entryPoint),
    cr0,
    ...(width === 32 ? { cr4: 0n } : {}),
    rflags: 2n,
  }, `at the entry point of image ${image.name}`);
  return { image, cpu, departed, space, jumpBack: undefined, calling: "memory" };
}

function* faulted(run: Run, cpu: number, miss: Miss, doing: string): Decision<"gone"> {
  yield* tripleFault(run, pageFault(run.machine, cpu, miss, doing));
  return "gone";
}
