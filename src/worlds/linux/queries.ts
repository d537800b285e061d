/** What a script can ask once Linux runs. */
import {
  type Answer,
  logLines,
  type Machine,
  type QueryShape,
  type Slot,
} from "../../machine/mod.ts";
import { answer } from "../../routine/mod.ts";
import { IMAGE_QUERIES } from "./image_queries.ts";
import { iomemText } from "./iomem.ts";
import {
  crashLowRegion,
  crashRegion,
  crashSize,
  kernelFeatures,
  KEXEC_LOCK,
  numberSetting,
  SETTING,
} from "./kernel.ts";
import { sysctlName } from "./sysctl.ts";

export const QUERIES: readonly QueryShape[] = [
  {
    pattern: ["kexec_loaded"],
    summary: "1 if a default image is loaded: /sys/kernel/kexec_loaded",
    answer: (machine) => loaded(machine, "default"),
  },
  {
    pattern: ["kexec_crash_loaded"],
    summary: "1 if a crash image is loaded: /sys/kernel/kexec_crash_loaded",
    answer: (machine) => loaded(machine, "crash"),
  },
  {
    pattern: ["kexec_crash_size"],
    summary: "bytes set aside for crash images: /sys/kernel/kexec_crash_size",
    answer: (machine) => answer.integer(crashSize(machine, kernelFeatures(machine))),
  },
  {
    pattern: ["kexec_lock", "held"],
    summary: "whether somebody is inside a kexec call",
    answer: (machine) => ({ kind: "boolean", value: machine.locks.has(KEXEC_LOCK) }),
  },
  {
    pattern: ["sysctl", { name: "name", type: "name" }],
    summary: "the value of a sysctl",
    answer: (machine, args) => setting(machine, sysctlName(String(args.name))),
  },
  {
    pattern: ["sysfs", { name: "path", type: "text" }],
    summary: "the text of a file of /sys/kernel",
    answer: (machine, args) => sysfs(machine, String(args.path)),
  },
  {
    pattern: ["total_ram_pages"],
    summary: "pages that the page allocator manages; half of them may be loaded",
    answer: (machine) => answer.integer(numberSetting(machine, SETTING.totalRamPages)),
  },
  {
    pattern: ["iomem"],
    summary: "/proc/iomem as root sees it",
    answer: (machine) => ({ kind: "text", value: iomemText(machine) }),
  },
  {
    pattern: ["log"],
    summary: "the kernel's log, one line after the other",
    answer: (machine) => ({ kind: "text", value: logLines(machine).join("\n") }),
  },
  {
    pattern: ["crash", "region"],
    summary: "where crash images are loaded",
    answer: (machine) => answer.range(crashRegion(machine)),
  },
  {
    pattern: ["crash", "low", "region"],
    summary: "the low memory beside a crash region above 4 GiB",
    answer: (machine) => answer.range(crashLowRegion(machine)),
  },
  ...IMAGE_QUERIES,
];

function loaded(machine: Machine, slot: Slot): Answer {
  return answer.integer(machine.slots[slot] === undefined ? 0 : 1);
}

function setting(machine: Machine, name: string): Answer {
  const value = machine.settings.get(name);
  if (typeof value === "bigint") return answer.integer(value);
  if (typeof value === "boolean") return { kind: "boolean", value };
  return value === undefined ? answer.NOTHING : { kind: "text", value };
}

/** Since 6.19 there is a folder `kexec` too; its files say the same. */
function sysfs(machine: Machine, path: string): Answer {
  const name = path.replace(/^\/sys\/kernel\//, "").replace(/^kexec\//, "kexec_");
  const text = (value: number) => ({ kind: "text", value: `${value}\n` }) as const;
  switch (name) {
    case "kexec_loaded":
      return text(machine.slots.default === undefined ? 0 : 1);
    case "kexec_crash_loaded":
      return text(machine.slots.crash === undefined ? 0 : 1);
    case "kexec_crash_size":
      return text(crashSize(machine, kernelFeatures(machine)));
    default:
      return answer.NOTHING;
  }
}
