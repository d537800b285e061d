/** Mini-OS: a chain of 100 kernels that hand their module on, and a kernel whose file has 64 MiB. */
import {
  apply,
  type Clause,
  type Event,
  type FileBytes,
  type ImageSpec,
  type Machine,
  NO_MACHINE,
  settle,
} from "../../src/machine/mod.ts";
import { miniOs } from "../../src/worlds/mini_os/mod.ts";
import { atMost, inTurns, type Row, timed } from "./measure.ts";

const MIB = 2 ** 20;
const GENERATIONS = 100;
const RUNS = 3;
const CONTEXT = { allocationFails: () => false };

export function bench(): Promise<Row[]> {
  const small = kernelFile(12 * 1024, 320 * 1024);
  const [chain, large] = inTurns(RUNS, [
    () => timed(() => chainOf(booted(128 * MIB, 0x160000n), small, GENERATIONS)),
    () =>
      timed(() =>
        chainOf(booted(1024 * MIB, BigInt(256 * MIB)), kernelFile(64 * MIB, 64 * MIB), 1)
      ),
  ]) as [number, number];
  const counted = kernelFile(64 * MIB, 64 * MIB);
  const machine = booted(1024 * MIB, BigInt(256 * MIB));
  const refused = [clause("callback", { name: "no", returns: 5n })];
  operate(machine, imageOf(counted), refused);
  return Promise.resolve([
    {
      what: `chain of ${GENERATIONS} kernels with a module of 18 pages`,
      value: chain,
      unit: "ms",
      aim: atMost(1000),
    },
    {
      what: "kexec of a kernel with a file of 64 MiB",
      value: large,
      unit: "ms",
      aim: atMost(1000),
    },
    {
      what: "  bytes of the file read before the point of no return",
      value: counted.bytesRead,
      unit: "bytes",
      aim: atMost(65536),
    },
  ]);
}

function clause(head: string, args: Clause["args"]): Clause {
  return { head, args, clauses: [] };
}

function booted(ram: number, imageEnd: bigint): Machine {
  const powered: Event = {
    kind: "machine-powered",
    name: "stubdom",
    arch: "x86_64",
    cpus: 1,
    firmware: [{ range: { start: 0, end: ram }, type: "usable", label: "RAM" }],
    resources: [],
    policy: { kind: "lowest", seed: 0n },
  };
  const machine = apply(NO_MACHINE, powered);
  const clauses = [clause("module_pages", { count: 18n }), clause("image", { end: imageEnd })];
  return settle(machine, miniOs.boot(machine, { version: "v2", clauses }, CONTEXT)).machine;
}

function imageOf(file: FileBytes): ImageSpec {
  const clauses = [clause("elf", { file })];
  return { name: "next", slot: "default", flags: [], segments: [], entryPoint: 0n, clauses };
}

function operate(machine: Machine, image: ImageSpec, clauses: readonly Clause[] = []) {
  return settle(
    machine,
    miniOs.decide(machine, { head: "kexec", args: { image }, clauses }, CONTEXT),
  );
}

function chainOf(machine: Machine, file: FileBytes, generations: number): void {
  const image = imageOf(file);
  let now = machine;
  for (let i = 0; i < generations; i++) {
    const { machine: next, result } = operate(now, image);
    if (result.ret !== "0") throw new Error(`generation ${i + 1}: ${result.ret} ${result.note}`);
    now = next;
  }
}

/** A 64-bit kernel at 1 MiB with one program header for all of it and one for its note. */
function kernelFile(size: number, memory: number): FileBytes & { bytesRead: number } {
  const head = new Uint8Array(4096);
  const view = new DataView(head.buffer);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  const header = (at: number, type: number, words: readonly number[]) => {
    view.setUint32(at, type, true);
    view.setUint32(at + 4, 7, true);
    words.forEach((word, i) => view.setBigUint64(at + 8 + i * 8, BigInt(word), true));
  };
  // Offset, virtual and physical address, bytes in the file and in memory.
  header(64, 1, [4096, MIB, MIB, size - 4096, memory]);
  header(120, 4, [256, 0, 0, 20, 20]);
  head.set([4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 0, 0, 0x10, 0], 256);
  const file = {
    name: "kernel",
    size,
    bytesRead: 0,
    read(offset: number, length: number): Uint8Array {
      file.bytesRead += length;
      const bytes = new Uint8Array(length).fill(0x90);
      bytes.set(head.subarray(offset, offset + length));
      return bytes;
    },
  };
  return file;
}
