/** Cases of a Mini-OS recording: the operations in the model, and each observation compared. */
import { apply, type Machine, NO_MACHINE, type World } from "../machine/mod.ts";
import type { FirmwareRegion } from "../memory/mod.ts";
import type { FieldCounter } from "./fields.ts";
import {
  isObject,
  type JsonObject,
  type JsonValue,
  type Problem,
  type RecordedCase,
  show,
} from "./format.ts";
import { Bench, type Handler, type Observation } from "./minios_bench.ts";
import { CHAIN_HANDLERS } from "./minios_chain.ts";
import { ELF_HANDLERS } from "./minios_elf.ts";
import { mapEntries, MODULE_HANDLERS, numberOf } from "./minios_module.ts";
import { RESERVE_HANDLERS } from "./minios_reserve.ts";
import { firmwareOf, realBoot } from "./minios_real_boot.ts";
import { START_INFO_HANDLERS } from "./minios_start_info.ts";
import { unreadable } from "./minios_operations.ts";
import type { CaseResult, Difference } from "./report.ts";

/** Every operation that a recording can have. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  ...MODULE_HANDLERS,
  ...START_INFO_HANDLERS,
  ...RESERVE_HANDLERS,
  ...ELF_HANDLERS,
  ...CHAIN_HANDLERS,
};

/** What the recordings call their releases, and what the world calls them. */
const RELEASES: Readonly<Record<string, string>> = { "v1-patch": "v1", "v2-patch": "v2" };

/** Whatever else a real boot tells on its console. */
const OTHER = "real-boot.*";

const PAGE_SIZE = 4096;

export class MiniOsReplay {
  #compared = 0;
  #differences: Difference[] = [];

  constructor(
    private readonly world: World,
    private readonly counter: FieldCounter,
    private readonly problems: Problem[],
  ) {}

  run(recorded: RecordedCase): CaseResult {
    this.#compared = 0;
    this.#differences = [];
    const release = String(recorded.machine.fields.release ?? "");
    const bench = new Bench(
      this.world,
      poweredMachine(recorded.ops),
      RELEASES[release] ?? release,
    );
    // A kernel that ran on a real Xen told what it told at its end.
    if (recorded.observed.some((seen) => seen.op === "real-boot")) this.#recorded(bench, recorded);
    else this.#steps(bench, recorded);
    return {
      line: recorded.line,
      machine: release,
      id: recorded.id,
      passed: this.#differences.length === 0,
      differences: this.#differences,
      compared: this.#compared,
    };
  }

  #recorded(bench: Bench, { ops, observed, line }: RecordedCase): void {
    const modelled = realBoot(bench, ops);
    for (const seen of observed) this.#compare(ops.length - 1, line, seen, modelled);
  }

  #steps(bench: Bench, { ops, observed, line, id }: RecordedCase): void {
    let next = 0;
    for (const [i, op] of ops.entries()) {
      const handler = HANDLERS[String(op.op)];
      const wrong = unreadable(op);
      if (handler === undefined || wrong !== undefined) {
        const message = wrong ?? `no operation ${show(op.op)} is known`;
        this.problems.push({ line, message: `${id}: ${message}` });
        this.#differences.push({
          operation: i,
          field: "op",
          recorded: show(op.op),
          modelled: "nothing",
        });
        return;
      }
      const modelled = handler(bench, op);
      if (modelled === undefined) continue;
      const seen = observed[next++];
      if (seen === undefined) {
        this.#differences.push({
          operation: i,
          field: "op",
          recorded: "nothing",
          modelled: `${show(op.op)} was done`,
        });
        return;
      }
      this.#compare(i, line, seen, modelled);
      // After a fault, a BUG or an endless loop nothing more is observed.
      if (bench.died) break;
    }
    if (next < observed.length) {
      const left = observed.slice(next).map((o) => show(o.op)).join(", ");
      this.#differences.push({ field: "op", recorded: left, modelled: "nothing" });
    }
  }

  #compare(operation: number, line: number, seen: JsonObject, modelled: Observation): void {
    const op = String(seen.op);
    for (const [name, recorded] of Object.entries(seen)) {
      if (name === "op" || recorded === undefined) continue;
      const field = `${op}.${name}`;
      const rule = this.counter.meet(field) ??
        (op === "real-boot" ? this.counter.meet(OTHER) : undefined);
      if (rule === undefined) {
        this.problems.push({ line, message: `nobody knows how to compare \`${field}\`` });
        continue;
      }
      if (rule.how === "not compared") continue;
      this.#compared++;
      const value = modelled[name];
      if (typeof value === "function") {
        const wrong = value(recorded);
        if (wrong !== undefined) this.#differ(operation, field, recorded, wrong);
      } else if (!alike(recorded, value)) {
        this.#differ(operation, field, recorded, show(value));
      }
    }
    // A fault that the real kernel did not have, a line that it did not print.
    for (const name of ["fault", "bug", "hang", "printk"]) {
      const value = modelled[name];
      if (seen[name] !== undefined || value === undefined || typeof value === "function") continue;
      if (this.counter.rule(`${op}.${name}`)?.how !== "exactly") continue;
      this.#differ(operation, `${op}.${name}`, undefined, show(value));
    }
  }

  #differ(
    operation: number,
    field: string,
    recorded: JsonValue | undefined,
    modelled: string,
  ): void {
    this.#differences.push({ operation, field, recorded: show(recorded), modelled });
  }
}

function alike(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => alike(item, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => alike(a[name], b[name]));
  }
  return a === b;
}

/**
 * RAM as the recording machine had it: what the first map calls RAM, what was added to it, and the
 * pages of the start info. Its first page is never mapped.
 */
function poweredMachine(ops: readonly JsonObject[]): Machine {
  const ranges: { start: number; end: number }[] = [];
  for (const op of ops) {
    if (op.op === "ram") {
      ranges.push(pagesOf(numberOf(op.addr), numberOf(op.size ?? op.len)));
    }
    if (op.op !== "boot" || !isObject(op.start_info)) continue;
    if (op.e820_printed_by_the_kernel !== undefined) {
      return powered(firmwareOf(mapEntries(op.e820_printed_by_the_kernel)));
    }
    const info = op.start_info;
    for (const { addr, size, type } of mapEntries(info.memmap)) {
      if (type === 1) ranges.push(pagesOf(Number(addr), Number(size)));
    }
    const modules = Array.isArray(info.modules) ? info.modules.length : 0;
    const map = Array.isArray(info.memmap) ? info.memmap.length : 0;
    const text = typeof info.cmdline === "string" ? info.cmdline.length : 0;
    ranges.push(pagesOf(numberOf(info.addr), 57 + modules * 32 + map * 24 + text));
  }
  return powered(ranges.map((range) => ({ range, type: "usable", label: "RAM" })));
}

function powered(firmware: readonly FirmwareRegion[]): Machine {
  return apply(NO_MACHINE, {
    kind: "machine-powered",
    name: "recorded",
    arch: "x86_64",
    cpus: 1,
    firmware,
    resources: [],
    policy: { kind: "lowest", seed: 0n },
  });
}

function pagesOf(start: number, size: number): { start: number; end: number } {
  return {
    start: Math.floor(start / PAGE_SIZE) * PAGE_SIZE,
    end: Math.ceil((start + size) / PAGE_SIZE) * PAGE_SIZE,
  };
}
