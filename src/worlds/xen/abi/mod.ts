/** The argument structures of `kexec_op`: declarations, layouts for both widths, codecs, numbers. */
export {
  type Field,
  type Layout,
  layoutOf,
  type Struct,
  type Values,
  type Width,
} from "./struct.ts";
export {
  KEXEC_XEN_NO_PAGES,
  STRUCTS,
  XEN_KEXEC_EXEC,
  XEN_KEXEC_IMAGE,
  XEN_KEXEC_LOAD,
  XEN_KEXEC_LOAD_DRAFT,
  XEN_KEXEC_LOAD_V1,
  XEN_KEXEC_RANGE,
  XEN_KEXEC_SEGMENT,
  XEN_KEXEC_STATUS,
  XEN_KEXEC_UNLOAD,
} from "./structs.ts";
export { decode, encode, sizeOfStruct } from "./codec.ts";
export {
  EM_386,
  EM_X86_64,
  GATE,
  type GuestHeader,
  KEXEC_RANGE,
  KEXEC_SEGMENT_MAX,
  KEXEC_TYPE,
  type Meaning,
  meaningOf,
  SUB_OP,
  SUB_OPS,
  type SubOp,
  type SubOpName,
  XEN_ERRNO,
} from "./sub_ops.ts";
export { abiText } from "./table.ts";
export { ABI_QUERIES } from "./queries.ts";
