/**
 * The 9pfs frontend. Cold, it takes its pages from the module, grants them and publishes them in
 * Xenstore; warm, after a kexec, it finds all of that through its record and asks nobody.
 * [minios:init_9pfront2] [minios:read_config_xs] [minios:read_config_kexec]
 */
import { type Decision, type Owner, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex, pages } from "../../../routine/mod.ts";
import {
  bindHandler,
  channelsOf,
  grantAccess,
  grantedAddress,
  newChannel,
  unmask,
} from "../grants/mod.ts";
import { allocPages } from "../memory/mod.ts";
import { RECORD } from "../module/layout.ts";
import { allocateModulePages } from "../module/pages.ts";
import { addRecord, findRecord, readRecord, updateRecord } from "../module/records.ts";
import { keep } from "../state.ts";
import { bug, fault, milestone, read, type Run, tell, write } from "../steps.ts";
import { BACKEND_DOMAIN, connectBackend, lostWrite, NINEPFS_PAGES } from "./backend.ts";
import { tellNinepfsFaults } from "./laws.ts";
import {
  AT_IN_PROD,
  AT_ORDER,
  AT_OUT_CONS,
  AT_OUT_PROD,
  AT_REFERENCES,
  decodeRecord,
  encodeRecord,
  MOST_ORDER,
  RECORD_BYTES,
  ringSize,
  roomIn,
  u32,
  word32,
} from "./layout.ts";
import { FRONTEND, type Frontend, frontendOf } from "./state.ts";

const COLD = "minios:read_config_xs";
const WARM = "minios:read_config_kexec";
const OWNER: Owner = { kind: "kernel", label: NINEPFS_PAGES };

/** `order` is what the backend offers; `inModule` false takes ordinary pages, which no kexec keeps. */
export function* coldStart(run: Run, order: number, inModule: boolean): Decision<void> {
  const record = inModule
    ? yield* addRecord(run, RECORD.ninepfs, new Uint8Array(RECORD_BYTES))
    : -1;
  const used = Math.min(order, MOST_ORDER);
  yield* milestone(
    run,
    `Xenstore: the backend offers rings of order ${order}, ${used} it is`,
    COLD,
  );
  const shared = yield* sharedPages(run, record, 0);
  yield* write(
    run,
    BigInt(shared),
    new Uint8Array(PAGE_SIZE),
    "the page shared with the backend, cleared",
  );
  const ringRef = yield* grantAccess(run, BACKEND_DOMAIN, shared / PAGE_SIZE);
  const port = yield* newChannel(run, `9pfs of domain ${BACKEND_DOMAIN}`);
  yield* bindHandler(run, port, "9pfs");
  yield* write(run, BigInt(shared + AT_ORDER), word32(used), "ring order");
  const rings = yield* sharedPages(run, record, used);
  for (let i = 0; i < 2 ** used; i++) {
    const reference = yield* grantAccess(run, BACKEND_DOMAIN, rings / PAGE_SIZE + i);
    const at = BigInt(shared + AT_REFERENCES + i * 4);
    yield* write(run, at, word32(reference), `reference of ring page ${i}`);
  }
  yield* milestone(run, `Xenstore: ring-ref0 ${ringRef}, event-channel-0 ${port} published`, COLD);
  // What an earlier session of the same backend has left by now.
  yield* tellNinepfsFaults(run);
  yield* connectBackend(run, ringRef, port);
  if (record !== -1) {
    const data = encodeRecord({ ringRef, port, prodOut: 0, consIn: 0 });
    yield* updateRecord(run, record, RECORD.ninepfs, data);
  }
  const frontend = { record, ringRef, port, order: used, shared, rings, prodOut: 0, consIn: 0 };
  yield* connected(run, frontend);
  yield* milestone(run, "9P session attached", "minios:init_9pfront2");
}

/** Pages of the module or ordinary ones; the address of the first. */
function* sharedPages(run: Run, record: number, order: number): Decision<number> {
  if (record !== -1) return yield* allocateModulePages(run, record, 2 ** order);
  const pfn = yield* allocPages(run, order, OWNER);
  // The posted code tests only what it gets here; the failure path ends the device.
  if (pfn === undefined) return yield* bug(run, `no memory for ${pages(2 ** order)} of 9pfs`);
  return pfn * PAGE_SIZE;
}

/** After a kexec: the session is open, the rings are where they were, only this kernel is new. */
export function* warmStart(run: Run): Decision<void> {
  const found = yield* findRecord(run, 0, RECORD.ninepfs);
  if (found === undefined || found.size !== RECORD_BYTES) {
    return yield* bug(
      run,
      "ASSERTION FAILED: !(kexec_recid < 0 || rec_size != sizeof(record)) at 9pfront.c",
    );
  }
  const bytes = yield* readRecord(run, found.index, RECORD_BYTES);
  const record = decodeRecord(bytes as Uint8Array);
  const shared = yield* grantedAddress(run, record.ringRef);
  if (shared === 0) {
    yield* fault(
      run,
      "read",
      BigInt(AT_ORDER),
      `grant ${record.ringRef} of the 9pfs record is unused`,
    );
  }
  const order = u32(yield* read(run, BigInt(shared + AT_ORDER), 4, "ring order"));
  const first = u32(
    yield* read(run, BigInt(shared + AT_REFERENCES), 4, "reference of ring page 0"),
  );
  const rings = yield* grantedAddress(run, first);
  yield* bindHandler(run, record.port, "9pfs");
  if (!channelsOf(run.machine).has(record.port)) {
    yield* tell(
      run,
      "event-channel-lost",
      `port ${record.port} of the 9pfs record is bound to nobody: no event will come`,
      WARM,
    );
  }
  yield* connected(run, {
    record: found.index,
    ringRef: record.ringRef,
    port: record.port,
    order,
    shared,
    rings,
    prodOut: record.prodOut,
    consIn: record.consIn,
  });
  yield* milestone(run, "9pfs goes on: no Xenstore, no new session", WARM);
  const lost = lostWrite(run.machine);
  if (lost !== undefined) {
    yield* tell(
      run,
      "ring-bytes-lost",
      `the ring does not hold at ${hex(lost)} what the backend wrote there`,
      WARM,
    );
  }
}

function* connected(run: Run, frontend: Frontend): Decision<void> {
  const { order, shared, rings, port } = frontend;
  yield* keep(
    run,
    FRONTEND,
    frontend,
    `9pfs: shared page ${hex(shared)}, ${pages(2 ** order)} of rings from ${hex(rings)}`,
  );
  yield* unmask(run, port);
  yield* tellNinepfsFaults(run);
}

/** kexec()'s callback: the two private indices go into the record; nothing is torn down. */
export function* saveIndices(run: Run, undo: boolean): Decision<number> {
  const frontend = frontendOf(run.machine);
  if (undo || frontend === undefined || frontend.record === -1) return 0;
  const bytes = yield* readRecord(run, frontend.record, RECORD_BYTES);
  if (typeof bytes === "string") return 0;
  const { prodOut, consIn } = frontend;
  const data = encodeRecord({ ...decodeRecord(bytes), prodOut, consIn });
  yield* updateRecord(run, frontend.record, RECORD.ninepfs, data);
  yield* milestone(
    run,
    `9pfs: indices ${prodOut} and ${consIn} kept in its record`,
    "minios:kexec_9pfront",
  );
  return 0;
}

/** What the backend sent since the last time, up to its index in the shared page. */
export function* receive(run: Run, frontend: Frontend): Decision<Uint8Array> {
  const size = ringSize(frontend.order);
  const inProd = u32(readMemory(run.machine, frontend.shared + AT_IN_PROD, 4));
  const length = Math.min((inProd - frontend.consIn) >>> 0, size);
  const ring = readMemory(run.machine, frontend.rings, size);
  const bytes = Uint8Array.from({ length }, (_, i) => ring[(frontend.consIn + i) % size]!);
  const consIn = (frontend.consIn + length) >>> 0;
  yield* write(run, BigInt(frontend.shared), word32(consIn), "what 9pfs has read, its index");
  yield* keep(run, FRONTEND, { ...frontend, consIn }, `9pfs read ${length} bytes`);
  return bytes;
}

/** Bytes that can be sent until the backend has read some. */
export function frontendRoom(run: Run, { shared, order, prodOut }: Frontend): number {
  return roomIn(order, prodOut, u32(readMemory(run.machine, shared + AT_OUT_CONS, 4)));
}

/** Puts bytes into the ring that the backend reads; there must be room. */
export function* send(run: Run, frontend: Frontend, bytes: Uint8Array): Decision<void> {
  const size = ringSize(frontend.order);
  for (let done = 0; done < bytes.length;) {
    const at = (frontend.prodOut + done) % size;
    const length = Math.min(bytes.length - done, size - at);
    const to = BigInt(frontend.rings + size + at);
    yield* write(run, to, bytes.slice(done, done + length), "bytes for the backend");
    done += length;
  }
  const prodOut = (frontend.prodOut + bytes.length) >>> 0;
  yield* write(
    run,
    BigInt(frontend.shared + AT_OUT_PROD),
    word32(prodOut),
    "what 9pfs has sent, its index",
  );
  yield* keep(run, FRONTEND, { ...frontend, prodOut }, `9pfs sent ${bytes.length} bytes`);
}
