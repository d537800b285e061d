/** Numbers of `kexec_op(unsigned long op, void *arg)`, and which of them a guest's header means. */
import type { Struct } from "./struct.ts";
import {
  XEN_KEXEC_EXEC,
  XEN_KEXEC_LOAD,
  XEN_KEXEC_LOAD_DRAFT,
  XEN_KEXEC_LOAD_V1,
  XEN_KEXEC_RANGE,
  XEN_KEXEC_STATUS,
  XEN_KEXEC_UNLOAD,
} from "./structs.ts";

/** Sub-operations by name. [xen:kexec.h] */
export const SUB_OP = {
  exec: 0n,
  load_v1: 1n,
  unload_v1: 2n,
  get_range: 3n,
  load: 4n,
  unload: 5n,
  status: 6n,
} as const;

export type SubOpName = keyof typeof SUB_OP;

export interface SubOp {
  readonly name: SubOpName;
  readonly number: bigint;
  /** Its macro in the public header. */
  readonly macro: string;
  readonly argument: Struct;
}

export const SUB_OPS: readonly SubOp[] = [
  { name: "exec", number: 0n, macro: "KEXEC_CMD_kexec", argument: XEN_KEXEC_EXEC },
  { name: "load_v1", number: 1n, macro: "KEXEC_CMD_kexec_load_v1", argument: XEN_KEXEC_LOAD_V1 },
  {
    name: "unload_v1",
    number: 2n,
    macro: "KEXEC_CMD_kexec_unload_v1",
    argument: XEN_KEXEC_LOAD_V1,
  },
  { name: "get_range", number: 3n, macro: "KEXEC_CMD_kexec_get_range", argument: XEN_KEXEC_RANGE },
  { name: "load", number: 4n, macro: "KEXEC_CMD_kexec_load", argument: XEN_KEXEC_LOAD },
  { name: "unload", number: 5n, macro: "KEXEC_CMD_kexec_unload", argument: XEN_KEXEC_UNLOAD },
  { name: "status", number: 6n, macro: "KEXEC_CMD_kexec_status", argument: XEN_KEXEC_STATUS },
];

/** Image types. */
export const KEXEC_TYPE = { default: 0n, crash: 1n } as const;

/** What get_range can be asked for. [xen:kexec.h] */
export const KEXEC_RANGE = {
  crash: 0n,
  xen: 1n,
  cpu: 2n,
  xenheap: 3n,
  boot_param: 4n,
  efi_memmap: 5n,
  vmcoreinfo: 6n,
} as const;

/** ELF machines that an image may be for. */
export const EM_386 = 3n;
export const EM_X86_64 = 62n;

/** Segments that one image may have: op 4 takes fewer than this, v1 conversion as many. */
export const KEXEC_SEGMENT_MAX = 16;

/** Errno numbers of the public header, positive. [xen:errno.h] */
export const XEN_ERRNO: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  ENOMEM: 12,
  EFAULT: 14,
  EBUSY: 16,
  EINVAL: 22,
  ERANGE: 34,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
  EADDRNOTAVAIL: 99,
};

/** A public header that a guest was built with. */
export interface GuestHeader {
  /** `__XEN_INTERFACE_VERSION__`: 0x00040400 for Xen 4.4. */
  readonly interfaceVersion: number;
  /** `draft`: the header of the patch series of February 2013, which never shipped. */
  readonly header: "shipped" | "draft";
}

/** What the names `kexec_load` and `kexec_unload` of a header compile to. */
export interface Meaning {
  readonly load: { readonly number: bigint; readonly argument: Struct };
  readonly unload: { readonly number: bigint; readonly argument: Struct };
}

/** The first interface version whose `kexec_load` is op 4, by header. */
export const GATE = { shipped: 0x00040400, draft: 0x00040300 } as const;

/**
 * Only the header looks at the version: the hypervisor never does. So one source built against two
 * headers calls two different sub-operations under the same name. [xen:kexec.h]
 */
export function meaningOf({ interfaceVersion, header }: GuestHeader): Meaning {
  if (interfaceVersion < GATE[header]) {
    return {
      load: { number: SUB_OP.load_v1, argument: XEN_KEXEC_LOAD_V1 },
      unload: { number: SUB_OP.unload_v1, argument: XEN_KEXEC_LOAD_V1 },
    };
  }
  const load = header === "draft" ? XEN_KEXEC_LOAD_DRAFT : XEN_KEXEC_LOAD;
  return {
    load: { number: SUB_OP.load, argument: load },
    unload: { number: SUB_OP.unload, argument: XEN_KEXEC_UNLOAD },
  };
}
