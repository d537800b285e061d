/**
 * Boots with `crashkernel=` on Xen's command line: what get_range told, and what the log said.
 *
 * An automatic place is the top of the gap below the boot modules, whose size is not recorded. It is
 * found from the first such place of the file; every other has to agree with it.
 */
import { logLines, type Machine, settle, type World } from "../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../memory/mod.ts";
import { ask, rangeAnswer } from "./ask.ts";
import {
  integerOf,
  isObject,
  type JsonObject,
  type JsonValue,
  type RecordedCase,
} from "./format.ts";
import { bootXen, clause } from "./xen_machine.ts";
import { Findings, type XenBench, type XenFindings, type XenReader } from "./xen_reader.ts";

const KIND = "crashkernel";
const NEVER_FAILS = { allocationFails: () => false };
/** Bytes by which the modules of two boots may differ: an initrd that was rebuilt. */
const SLACK = 16 * PAGE_SIZE;
const ERRNO: Readonly<Record<string, number>> = { EINVAL: -22, ERANGE: -34 };
/** What Xen says of it once its console is up. */
const LATE = /^(Kdump: |crashkernel: invalid size)/;

export class XenCrashkernelReader implements XenReader {
  /** Bytes of all modules, once an automatic place told. */
  #modules: number | undefined;

  wants({ ops }: RecordedCase): boolean {
    return ops.length === 1 && ops[0]!.op === "boot";
  }

  read(recorded: RecordedCase, bench: XenBench): XenFindings {
    const findings = new Findings(bench, KIND);
    const observed = recorded.observed[0]!;
    const booted = this.#boot(recorded.machine.fields, observed, bench.world);
    if ("problem" in booted) {
      findings.differ("machine", recorded.machine.id, booted.problem);
      return findings;
    }
    for (const [field, wanted] of Object.entries(observed)) {
      if (!findings.meet(field)) continue;
      const modelled = modelledField(bench.world, booted.machine, field, wanted);
      findings.expect(field, recordedField(field, wanted), modelled);
    }
    return findings;
  }

  /** With modules of the known size; if the place differs by some pages, of the size that it tells. */
  #boot(fields: JsonObject, observed: JsonObject, world: World) {
    const first = bootWith(world, fields, this.#modules ?? 0);
    const wanted = isObject(observed.range_crash)
      ? integerOf(observed.range_crash.start)
      : undefined;
    const got = "machine" in first ? regionOf(world, first.machine)?.start : undefined;
    if (wanted === undefined || got === undefined || got === Number(wanted)) return first;
    const size = (this.#modules ?? 0) + got - Number(wanted);
    const isNear = this.#modules === undefined || Math.abs(size - this.#modules) <= SLACK;
    if (size < 0 || size % PAGE_SIZE !== 0 || !isNear) return first;
    const second = bootWith(world, fields, size);
    const fits = "machine" in second &&
      regionOf(world, second.machine)?.start === Number(wanted);
    if (!fits) return first;
    this.#modules = size;
    return second;
  }
}

function bootWith(world: World, fields: JsonObject, modules: number) {
  const clauses = modules === 0
    ? []
    : [clause("module", { name: "modules", size: BigInt(modules) })];
  return bootXen(world, fields, { cpus: 2, clauses });
}

function regionOf(world: World, machine: Machine): Range | undefined {
  const range = rangeAnswer(ask(world, machine, "crash region"));
  return range && { start: Number(range.start), end: Number(range.end) };
}

/** What a recording says, without what was never written: a call that fails leaves its argument. */
function recordedField(field: string, wanted: JsonValue | undefined): JsonValue | undefined {
  if (field === "log" && Array.isArray(wanted)) {
    return wanted.map((line) => String(line).replace(/^\(XEN\) /, ""));
  }
  if (!isObject(wanted)) return wanted;
  const { ret, start, size } = wanted;
  if (ret !== 0) return { ret };
  return field === "range_cpu0" ? { ret, size } : { ret, start, size };
}

function modelledField(
  world: World,
  machine: Machine,
  field: string,
  wanted: JsonValue | undefined,
): JsonValue | undefined {
  switch (field) {
    case "range_crash":
      return toldRange(ask0(world, machine, 0n), regionOf(world, machine) ?? { start: 0, end: 0 });
    case "range_xen":
      return toldRange(ask0(world, machine, 1n), machine.reservations.get("xen"));
    case "range_cpu0": {
      const range = rangeAnswer(ask(world, machine, "notes of cpu", { cpu: 0n }));
      const ret = ask0(world, machine, 2n);
      return ret === 0 && range !== undefined
        ? { ret, size: hex(range.end - range.start) }
        : { ret };
    }
    case "log":
      return logLines(machine).filter((line) => LATE.test(line));
    default:
      return wanted;
  }
}

/** Result of get_range as the recorder printed it. */
function ask0(world: World, machine: Machine, range: bigint): number {
  const operation = clause("get_range", { range, nr: 0n });
  const { result } = settle(machine, world.decide(machine, operation, NEVER_FAILS));
  return result.ret === "0" ? 0 : ERRNO[result.ret] ?? NaN;
}

function toldRange(ret: number, range: Range | undefined): JsonValue {
  if (ret !== 0 || range === undefined) return { ret };
  return { ret, start: hex(BigInt(range.start)), size: hex(BigInt(range.end - range.start)) };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
