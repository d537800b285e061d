/** What can be asked of a kexec in preparation. */
import { type Answer, type Machine, type QueryShape, readMemory } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { answer, hex } from "../../../routine/mod.ts";
import { type Action, NO_ENTRY } from "../elf/mod.ts";
import { allocatorOf, reservedPages } from "../memory/mod.ts";
import { kexecOf, type KexecState } from "./state.ts";

export const KEXEC_QUERIES: readonly QueryShape[] = [
  of(
    ["kexec", "entry"],
    "the entry point that was found",
    ({ entry }) => entry === NO_ENTRY ? answer.NOTHING : answer.hex(entry),
  ),
  of(
    ["kexec", "end"],
    "the end of the new kernel and, once its place is chosen, of its start info",
    ({ lastAddr }) => answer.hex(lastAddr),
  ),
  of(
    ["kexec", "start", "info"],
    "where the new kernel will find its start info",
    ({ paramPa }) => answer.hex(paramPa),
  ),
  of(
    ["kexec", "start", "info", "size"],
    "bytes of the new start info",
    ({ paramSize }) => answer.integer(paramSize),
  ),
  of(
    ["kexec", "buffer"],
    "where the new start info is built",
    ({ paramPfn }) => answer.frameAddress(paramPfn),
  ),
  {
    pattern: ["kexec", "buffer", "bytes"],
    summary: "the new start info as it stands in its buffer",
    answer(machine) {
      const { paramPfn, paramSize } = kexecOf(machine);
      if (paramPfn === undefined) return answer.NOTHING;
      return { kind: "bytes", value: readMemory(machine, paramPfn * PAGE_SIZE, paramSize) };
    },
  },
  of(
    ["kexec", "file"],
    "the address of the new kernel's file in the running kernel",
    ({ buffer }) => buffer === undefined ? answer.NOTHING : answer.hex(buffer.vaddr),
  ),
  of(
    ["kexec", "page"],
    "the page of the final stage",
    ({ pagePfn }) => answer.frameAddress(pagePfn),
  ),
  of(["kexec", "actions"], "the list of actions, a line for each", ({ actions }) => ({
    kind: "list",
    items: actions.map((action) => ({ kind: "text", value: actionLine(action) })),
  })),
  of(
    ["kexec", "action", "count"],
    "how many actions the list has; there is room for 16",
    ({ actions }) => answer.integer(actions.length),
  ),
  {
    pattern: ["kexec", "reserved", "pages"],
    summary: "pages kept out of the page allocator below the end of the new kernel",
    answer: (machine) => answer.integer(reservedPages(allocatorOf(machine))),
  },
];

function of(
  pattern: readonly string[],
  summary: string,
  value: (state: KexecState) => Answer,
): QueryShape {
  return { pattern, summary, answer: (machine: Machine) => value(kexecOf(machine)) };
}

/** `COPY 0x100000 64 file+0x74`: what, where to, bytes, where from; what is no offset is an address. */
export function actionLine({ kind, dest, length, source }: Action): string {
  const from = source.in === "file" ? `file+${hex(source.offset)}` : hex(source.at);
  return `${kind} ${hex(dest)} ${length} ${from}`;
}
