/** The frontend's variables, and the backend as Xen's other domain has it. */
import type { Machine } from "../../../machine/mod.ts";

export const FRONTEND = "mini_os.ninepfs";
/** The backend lives in another domain: it outlives every kernel here. */
export const BACKEND = "xen.ninepfs_backend";

export interface Frontend {
  /** Index of its record in the module; -1: its pages are ordinary ones. */
  readonly record: number;
  readonly ringRef: number;
  readonly port: number;
  readonly order: number;
  /** Addresses of the shared page and of the first ring page. */
  readonly shared: number;
  readonly rings: number;
  readonly prodOut: number;
  readonly consIn: number;
}

/** A write of the backend into the ring. It leads to those before it, which a trace does not repeat. */
export class Written {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly #before: Written | undefined;

  constructor(at: number, bytes: Uint8Array, before: Written | undefined) {
    this.at = at;
    this.bytes = bytes;
    this.#before = before;
  }

  get before(): Written | undefined {
    return this.#before;
  }
}

export interface Backend {
  readonly domain: number;
  readonly port: number;
  /** The grants that it mapped when it connected: reference and frame of each. */
  readonly sharedRef: number;
  readonly shared: number;
  readonly references: readonly number[];
  readonly frames: readonly number[];
  readonly order: number;
  /** Bytes that it put into the ring since it connected; wraps at 2^32. */
  readonly inProd: number;
  readonly written: Written | undefined;
  /** It writes after every step of what the kernel does. */
  readonly streams: boolean;
}

export function frontendOf(machine: Machine): Frontend | undefined {
  return machine.records.get(FRONTEND) as Frontend | undefined;
}

export function backendOf(machine: Machine): Backend | undefined {
  return machine.records.get(BACKEND) as Backend | undefined;
}
