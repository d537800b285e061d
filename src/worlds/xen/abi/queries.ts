/** What a script can ask about the ABI. */
import type { QueryShape } from "../../../machine/mod.ts";
import { answer } from "../../../routine/mod.ts";
import { sizeOfStruct } from "./codec.ts";
import { STRUCTS } from "./structs.ts";
import type { Width } from "./struct.ts";
import { abiText } from "./table.ts";

const STRUCT = { name: "struct", type: "word", choices: [...STRUCTS.keys()] } as const;
const WIDTH = { name: "width", type: "integer", required: false, summary: "64 or 32" } as const;

export const ABI_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["abi", STRUCT, WIDTH],
    summary: "the layout of an argument of kexec_op for a 64- or 32-bit caller, and its pads",
    answer: (_, args) => ({
      kind: "text",
      value: abiText(STRUCTS.get(String(args.struct))!, widthOf(args.width)),
    }),
  },
  {
    pattern: ["sizeof", STRUCT, WIDTH],
    summary: "bytes of an argument of kexec_op",
    answer: (_, args) =>
      answer.integer(sizeOfStruct(STRUCTS.get(String(args.struct))!, widthOf(args.width))),
  },
];

function widthOf(value: unknown): Width {
  return value === 32n ? 32 : 64;
}
