/** What a script can ask about dom0's memory. */
import {
  frameOfPfn,
  type Machine,
  pfnOfFrame,
  physicalRuns,
  type QueryShape,
  type Slot,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { answer, hex } from "../../../routine/mod.ts";
import { numberSetting } from "../state.ts";
import { DOM0 } from "./settings.ts";

const ADDRESS = { name: "address", type: "address" } as const;

export const DOM0_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["p2m"],
    summary: "dom0's pages and the machine frames that they are, run by run",
    answer: (machine) => ({ kind: "text", value: p2mText(machine) }),
  },
  {
    pattern: ["machine", "address", "of", ADDRESS],
    summary: "where a byte of dom0's own physical memory is in the machine; nothing: nowhere",
    answer: (machine, { address }) => {
      const at = Number(address as bigint);
      const frame = frameOfPfn(machine.p2m, Math.floor(at / PAGE_SIZE));
      return frame === undefined
        ? answer.NOTHING
        : answer.hex(BigInt(frame * PAGE_SIZE + at % PAGE_SIZE));
    },
  },
  {
    pattern: ["dom0", "address", "of", ADDRESS],
    summary: "dom0's own address of a byte of the machine; nothing: it is none of dom0's",
    answer: (machine, { address }) => {
      const at = Number(address as bigint);
      const pfn = pfnOfFrame(machine.p2m, Math.floor(at / PAGE_SIZE));
      return pfn === undefined
        ? answer.NOTHING
        : answer.hex(BigInt(pfn * PAGE_SIZE + at % PAGE_SIZE));
    },
  },
  {
    pattern: ["mfn", "of", { name: "pfn", type: "integer" }],
    summary: "the machine frame of one of dom0's pages, by its number",
    answer: (machine, { pfn }) => frameAnswer(frameOfPfn(machine.p2m, Number(pfn as bigint))),
  },
  {
    pattern: ["pfn", "of", ADDRESS],
    summary: "the number of dom0's page that a machine address lies in",
    answer: (machine, { address }) =>
      frameAnswer(pfnOfFrame(machine.p2m, Math.floor(Number(address as bigint) / PAGE_SIZE))),
  },
  {
    pattern: ["kexec_loaded"],
    summary: "dom0's /sys/kernel/kexec_loaded: 1 if dom0's own kexec has a default image",
    answer: (machine) => answer.integer(dom0Has(machine, "default")),
  },
  {
    pattern: ["kexec_crash_loaded"],
    summary: "dom0's /sys/kernel/kexec_crash_loaded: 1 if dom0's own kexec has a crash image",
    answer: (machine) => answer.integer(dom0Has(machine, "crash")),
  },
  {
    pattern: ["dom0", "pages"],
    summary: "how many pages dom0 has now",
    answer: (machine) => answer.integer(countPages(machine)),
  },
];

function dom0Has(machine: Machine, slot: Slot): number {
  return numberSetting(machine, DOM0.image(slot)) === 0n ? 0 : 1;
}

function frameAnswer(frame: number | undefined) {
  return frame === undefined ? answer.NOTHING : answer.hex(BigInt(frame));
}

function countPages(machine: Machine): number {
  let pages = 0;
  for (const run of physicalRuns(machine.p2m)) pages += run.count;
  return pages;
}

/** More runs than a person reads are counted. */
const MOST_LINES = 64;

function p2mText(machine: Machine): string {
  const runs = [...physicalRuns(machine.p2m)];
  if (runs.length === 0) return "no dom0, or one without memory";
  const lines = runs.slice(0, MOST_LINES).map(({ pfn, frame, count }) => {
    const end = (at: number) => hex((at + count) * PAGE_SIZE);
    return `${hex(pfn * PAGE_SIZE)} .. ${end(pfn)}  is machine  ${hex(frame * PAGE_SIZE)} .. ${
      end(frame)
    }  (${count} page${count === 1 ? "" : "s"})`;
  });
  if (runs.length > MOST_LINES) lines.push(`and ${runs.length - MOST_LINES} more runs`);
  return lines.join("\n");
}
