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
    answer: (_, args) => {
      const width = widthOf(args.width);
      const struct = STRUCTS.get(String(args.struct))!;
      const value = width === undefined ? NO_SUCH_CALLER : abiText(struct, width);
      return { kind: "text", value };
    },
  },
  {
    pattern: ["sizeof", STRUCT, WIDTH],
    summary: "bytes of an argument of kexec_op",
    answer: (_, args) => {
      const width = widthOf(args.width);
      const struct = STRUCTS.get(String(args.struct))!;
      return width === undefined ? answer.NOTHING : answer.integer(sizeOfStruct(struct, width));
    },
  },
];

const NO_SUCH_CALLER = "callers of this hypercall have 64 or 32 bits";

function widthOf(value: unknown): Width | undefined {
  if (value === undefined || value === 64n) return 64;
  return value === 32n ? 32 : undefined;
}
