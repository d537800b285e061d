/**
 * What 9pfs keeps in memory: its record in the module, and the page that it shares with its backend.
 * [minios:struct kexec_9pfs_rec]
 *
 *     record: ring_ref 0, evtchn 4, prod_pvt_out 8, cons_pvt_in 12
 *     shared page: in_cons 0, in_prod 4, out_cons 64, out_prod 68, ring_order 128, ref[] 132
 */
export const RECORD_BYTES = 16;
export const AT_IN_CONS = 0;
export const AT_IN_PROD = 4;
export const AT_OUT_CONS = 64;
export const AT_OUT_PROD = 68;
export const AT_ORDER = 128;
export const AT_REFERENCES = 132;
/** DEFAULT_9PFS_RING_ORDER: what is asked for at most. */
export const MOST_ORDER = 4;

export interface NinepfsRecord {
  /** Grant reference of the shared page. */
  readonly ringRef: number;
  readonly port: number;
  /** Indices that the frontend alone knows. */
  readonly prodOut: number;
  readonly consIn: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function word32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value >>> 0, true);
  return bytes;
}

export function u32(bytes: Uint8Array, at = 0): number {
  return viewOf(bytes).getUint32(at, true);
}

export function encodeRecord({ ringRef, port, prodOut, consIn }: NinepfsRecord): Uint8Array {
  return Uint8Array.from([ringRef, port, prodOut, consIn].flatMap((w) => [...word32(w)]));
}

export function decodeRecord(bytes: Uint8Array): NinepfsRecord {
  return {
    ringRef: u32(bytes, 0),
    port: u32(bytes, 4),
    prodOut: u32(bytes, 8),
    consIn: u32(bytes, 12),
  };
}

/** Bytes of each of the two rings that share 2^order pages: the first half in, the second out. */
export function ringSize(order: number): number {
  return 2 ** (order + 11);
}

/** Bytes that a ring can take: indices run on and wrap at 2^32. A consumer that is ahead leaves none. */
export function roomIn(order: number, produced: number, consumed: number): number {
  const queued = (produced - consumed) >>> 0;
  return Math.max(0, ringSize(order) - queued);
}
