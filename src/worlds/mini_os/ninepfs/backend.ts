/**
 * The backend: another domain, which has this one's pages mapped through its grants and writes into
 * them whenever it likes, also while the kernel replaces itself. It knows frames and nothing else: a
 * page that was moved or given to somebody else is written all the same.
 */
import type { Decision, Event, Machine } from "../../../machine/mod.ts";
import { readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { grantsOf } from "../grants/mod.ts";
import { emit, type Run } from "../steps.ts";
import {
  AT_IN_CONS,
  AT_IN_PROD,
  AT_ORDER,
  AT_OUT_CONS,
  AT_OUT_PROD,
  AT_REFERENCES,
  ringSize,
  roomIn,
  u32,
  word32,
} from "./layout.ts";
import { BACKEND, type Backend, backendOf, Written } from "./state.ts";

/** The domain that serves 9pfs. */
export const BACKEND_DOMAIN = 0;

/** Maps what the published references grant, as they are now. */
export function* connectBackend(run: Run, sharedRef: number, port: number): Decision<void> {
  const grants = grantsOf(run.machine);
  const shared = grants.get(sharedRef)?.frame ?? 0;
  const order = u32(readMemory(run.machine, shared * PAGE_SIZE + AT_ORDER, 4));
  const references = Array.from(
    { length: 2 ** order },
    (_, i) => u32(readMemory(run.machine, shared * PAGE_SIZE + AT_REFERENCES + i * 4, 4)),
  );
  const backend: Backend = {
    domain: BACKEND_DOMAIN,
    port,
    sharedRef,
    shared,
    references,
    frames: references.map((reference) => grants.get(reference)?.frame ?? 0),
    order,
    inProd: 0,
    written: undefined,
    streams: false,
  };
  yield* emit(run, {
    kind: "record-set",
    name: BACKEND,
    value: backend,
    what: `the backend has mapped ${references.length + 1} pages`,
  });
}

/**
 * What happens when the backend writes: bytes in the ring, then its index in the shared page. `told`
 * are frames of which was said already that they are somebody else's.
 */
export function* backendEvents(
  machine: Machine,
  bytes: Uint8Array,
  told: Set<number> = new Set(),
): Generator<Event, void, Machine> {
  const backend = backendOf(machine)!;
  const size = ringSize(backend.order);
  let now = machine;
  let written = backend.written;
  for (let done = 0; done < bytes.length;) {
    const at = (backend.inProd + done) % size;
    const frame = backend.frames[Math.floor(at / PAGE_SIZE)]!;
    const length = Math.min(bytes.length - done, PAGE_SIZE - at % PAGE_SIZE, size - at);
    const piece = bytes.subarray(done, done + length);
    now = yield* stored(now, told, frame * PAGE_SIZE + at % PAGE_SIZE, piece, "bytes for the ring");
    written = new Written(at, piece, written);
    done += length;
  }
  const inProd = (backend.inProd + bytes.length) >>> 0;
  now = yield* stored(
    now,
    told,
    backend.shared * PAGE_SIZE + AT_IN_PROD,
    word32(inProd),
    "its index",
  );
  const value: Backend = { ...backend, inProd, written };
  yield {
    kind: "record-set",
    name: BACKEND,
    value,
    what: `the backend has sent ${inProd} bytes`,
  };
}

function* stored(
  machine: Machine,
  told: Set<number>,
  at: number,
  bytes: Uint8Array,
  what: string,
): Generator<Event, Machine, Machine> {
  const frame = Math.floor(at / PAGE_SIZE);
  const owner = machine.owners.get(frame);
  if (owner?.kind !== "module" && owner?.label !== NINEPFS_PAGES && !told.has(frame)) {
    told.add(frame);
    yield {
      kind: "hazard-found",
      hazard: {
        code: "backend-writes-foreign-page",
        message: `the backend writes through its grant into ${hex(frame * PAGE_SIZE)}, which is ${
          owner === undefined ? "free" : `now ${owner.label}`
        }`,
        key: `backend-writes-foreign-page:${frame}`,
        cite: "minios:kexec.c header",
      },
    };
  }
  return yield { kind: "bytes-written", at, bytes, what: `${what}, by the backend` };
}

/** Bytes that the backend can write until the frontend has read some. */
export function backendRoom(machine: Machine): number {
  const { order, shared, inProd } = backendOf(machine)!;
  const consumed = u32(readMemory(machine, shared * PAGE_SIZE + AT_IN_CONS, 4));
  return roomIn(order, inProd, consumed);
}

/** What the frontend has sent, as the backend sees it through its mappings, and that it has read it. */
export function* backendReads(run: Run): Decision<Uint8Array> {
  const { order, shared, frames } = backendOf(run.machine)!;
  const size = ringSize(order);
  const consumed = u32(readMemory(run.machine, shared * PAGE_SIZE + AT_OUT_CONS, 4));
  const produced = u32(readMemory(run.machine, shared * PAGE_SIZE + AT_OUT_PROD, 4));
  const length = Math.min((produced - consumed) >>> 0, size);
  const bytes = Uint8Array.from({ length }, (_, i) => {
    // The second half of the pages.
    const at = size + (consumed + i) % size;
    const frame = frames[Math.floor(at / PAGE_SIZE)]!;
    return readMemory(run.machine, frame * PAGE_SIZE + at % PAGE_SIZE, 1)[0]!;
  });
  yield* emit(run, {
    kind: "bytes-written",
    at: shared * PAGE_SIZE + AT_OUT_CONS,
    bytes: word32(consumed + length),
    what: "what it has read, by the backend",
  });
  return bytes;
}

/** Owner of pages that 9pfs takes outside of the module. */
export const NINEPFS_PAGES = "9pfs pages shared with the backend";

/** The first place in the ring where memory is not what the backend wrote last; undefined: all is well. */
export function lostWrite(machine: Machine): number | undefined {
  const backend = backendOf(machine);
  if (backend === undefined) return undefined;
  const ring = new Map<number, number>();
  const newest: Written[] = [];
  for (let w = backend.written; w !== undefined; w = w.before) newest.push(w);
  for (const { at, bytes } of newest.reverse()) bytes.forEach((byte, i) => ring.set(at + i, byte));
  const pages = backend.frames.map((frame) => readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE));
  for (const [at, byte] of ring) {
    const page = Math.floor(at / PAGE_SIZE);
    if (pages[page]![at % PAGE_SIZE] !== byte) {
      return backend.frames[page]! * PAGE_SIZE + at % PAGE_SIZE;
    }
  }
  return undefined;
}

/** Bytes of a stream: each message is the number of bytes sent before it. */
const MESSAGE = 8;

/** Lets a streaming backend write after each step of a routine that changes memory. */
export function* besideBackend<T>(machine: Machine, routine: Decision<T>): Decision<T> {
  const told = new Set<number>();
  let now = machine;
  for (let next = routine.next();; next = routine.next(now)) {
    if (next.done) return next.value;
    const event = next.value;
    now = yield event;
    if (backendOf(now)?.streams !== true || !CHANGES_MEMORY.has(event.kind)) continue;
    if (backendRoom(now) < MESSAGE) continue;
    const bytes = new Uint8Array(MESSAGE);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(backendOf(now)!.inProd), true);
    const writes = backendEvents(now, bytes, told);
    for (let write = writes.next(); !write.done; write = writes.next(now)) now = yield write.value;
  }
}

const CHANGES_MEMORY: ReadonlySet<Event["kind"]> = new Set([
  "bytes-written",
  "bytes-stored",
  "frames-written",
  "frames-copied",
]);
