/**
 * What runs once the image has control. kx knows the behaviour of programs that it recognises by
 * their first bytes, read through the page tables like any instruction; of other code it says only
 * that it has control.
 */
import {
  CODE_BYTES,
  codeKey,
  type Decision,
  type Program,
  type ProgramCpu,
  type ProgramEnd,
  readMemory,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { emit, hex, milestone, type Run } from "../routine/mod.ts";
import type { Miss } from "./address_space.ts";
import { type Ending, hang, pageFault, tripleFault } from "./faults.ts";
import { type Arrival, changeCpu } from "./arrival.ts";

const CITE = "kx:programs";

/** A program that ended in a return, with the stack pointer where its caller's word is. */
export interface Returned {
  readonly value: bigint;
  readonly leaving: bigint | undefined;
  readonly loadedGdt: boolean;
}

class MemoryFault extends Error {
  readonly miss: Miss;
  constructor(miss: Miss) {
    super("fault");
    this.miss = miss;
  }
}

/** Runs what is at the entry point; gives back a return, or how it ended otherwise. */
export function* runImage(
  run: Run,
  arrival: Arrival,
): Decision<Returned | Ending> {
  const { image, cpu } = arrival;
  let entry = run.machine.processors[cpu]!.rip;
  for (let hops = 0; hops < 16; hops++) {
    const program = programAt(run, arrival, entry);
    if (program === undefined) {
      return yield* tellUnknown(run, arrival, entry);
    }
    const done = yield* runProgram(run, arrival, program, entry);
    if (done === "gone" || done === "returned") return done;
    switch (done.end.kind) {
      case "return":
        return { value: done.end.value, leaving: done.end.leaving, loadedGdt: done.loadedGdt };
      case "jump": {
        entry = done.end.vaddr;
        const found = arrival.space.translateWide(entry, "execute");
        if (typeof found !== "number") {
          return yield* tripleFault(
            run,
            pageFault(run.machine, cpu, found, `jump of program ${program.name}`),
          );
        }
        yield* changeCpu(
          run,
          cpu,
          { rip: entry },
          `program ${program.name} jumped to ${hex(entry)}`,
        );
        if (entry === arrival.jumpBack) {
          return { value: 0n, leaving: undefined, loadedGdt: done.loadedGdt };
        }
        break;
      }
      case "fault":
        return yield* tripleFault(run, {
          cpu,
          exception: "exception",
          access: "execute",
          vaddr: entry,
          doing: `program ${program.name}`,
          why: done.end.why,
        });
      case "halt":
        return yield* hang(
          run,
          "program-halted",
          `program ${program.name} halted the processor`,
          CITE,
        );
      case "power-off":
        yield* emit(run, {
          kind: "power-changed",
          power: "off",
          why: `program ${program.name} switched off`,
        });
        return "gone";
      case "endless":
        return yield* hang(
          run,
          "program-never-returns",
          `program ${program.name} of image ${image.name} did ${done.end.steps} steps without an end`,
          CITE,
        );
    }
  }
  return yield* hang(
    run,
    "program-never-returns",
    "programs jump to each other without an end",
    CITE,
  );
}

function programAt(run: Run, { space }: Arrival, entry: bigint): Program | undefined {
  const bytes = new Uint8Array(CODE_BYTES);
  for (let i = 0; i < CODE_BYTES; i++) {
    const at = space.translateWide(entry + BigInt(i), "execute");
    if (typeof at !== "number") return undefined;
    bytes[i] = readMemory(run.machine, at, 1)[0]!;
  }
  return run.machine.programs.get(codeKey(bytes)) ??
    run.machine.programs.get(codeKey(bytes.subarray(0, 8)));
}

/**
 * Something has control that kx cannot run. Of zeros it knows the first step: two of them add AL to
 * the byte at [RAX].
 */
function* tellUnknown(
  run: Run,
  { image, cpu, space }: Arrival,
  entry: bigint,
): Decision<Ending> {
  const at = space.translateWide(entry, "execute");
  const content = typeof at === "number"
    ? run.machine.contents.get(Math.floor(at / PAGE_SIZE))
    : undefined;
  const empty = content === undefined || content.recipe.kind === "zeros" ||
    content.recipe.kind === "unwritten";
  if (empty) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "entry-without-code",
        message: `nothing was ever put at the entry point ${hex(entry)} of image ${image.name}`,
        key: `entry-without-code:${image.name}`,
        cite: run.cites.entry,
      },
    });
  }
  yield* milestone(run, `code at ${hex(entry)} has control`, CITE);
  const { rax } = run.machine.processors[cpu]!.registers;
  const zeros = typeof at === "number" && readMemory(run.machine, at, 2).every((b) => b === 0);
  const target = zeros ? space.translateWide(rax, "write") : 0;
  if (typeof target === "number") return "gone";
  const doing = `zeros run as code at ${hex(entry)}`;
  return yield* tripleFault(run, pageFault(run.machine, cpu, target, doing));
}

interface Ran {
  readonly end: ProgramEnd;
  readonly loadedGdt: boolean;
}

function* runProgram(
  run: Run,
  arrival: Arrival,
  program: Program,
  base: bigint,
): Decision<Ran | Ending> {
  const { cpu, space } = arrival;
  let loadedGdt = false;
  const read = (vaddr: bigint, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = space.translateWide(vaddr + BigInt(done), "read");
      if (typeof at !== "number") throw new MemoryFault(at);
      const here = Math.min(length - done, PAGE_SIZE - (at % PAGE_SIZE));
      bytes.set(readMemory(run.machine, at, here), done);
      done += here;
    }
    return bytes;
  };
  try {
    const args = arrival.calling === "memory"
      ? program.argumentOffsets.map((offset) => wordOf(read(base + BigInt(offset), 8)))
      : (["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const).map((r) =>
        run.machine.processors[cpu]!.registers[r]
      );
    yield* milestone(run, `program ${program.name} runs at ${hex(base)}`, CITE);
    const view: ProgramCpu = { base, args, read, register: (name) => registerOf(run, cpu, name) };
    const steps = program.run(view);
    for (;;) {
      const next = steps.next();
      if (next.done) {
        const { value: end } = next;
        if (end.kind === "return" && arrival.calling === "memory") {
          yield* store(
            run,
            arrival,
            base + BigInt(program.resultOffset),
            bytesOf(end.value),
            `result of program ${program.name}`,
          );
        }
        return { end, loadedGdt };
      }
      if (next.value.kind === "load-gdt") {
        loadedGdt = true;
        yield* changeCpu(
          run,
          cpu,
          { gdtr: arrival.departed.gdtr },
          `program ${program.name} loaded a GDT with the caller's selectors`,
        );
      } else if (next.value.kind === "say") {
        yield* milestone(run, `program ${program.name}: ${next.value.text}`, CITE);
      } else yield* store(run, arrival, next.value.vaddr, next.value.bytes, next.value.what);
    }
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return yield* tripleFault(
      run,
      pageFault(run.machine, cpu, error.miss, `program ${program.name}`),
    );
  }
}

/** Writes through the page tables; tells a write that the way back will not undo. */
function* store(
  run: Run,
  arrival: Arrival,
  vaddr: bigint,
  bytes: Uint8Array,
  what: string,
): Decision<void> {
  const { image, cpu, space } = arrival;
  for (let done = 0; done < bytes.length;) {
    const at = space.translateWide(vaddr + BigInt(done), "write");
    if (typeof at !== "number") throw new MemoryFault(at);
    const here = Math.min(bytes.length - done, PAGE_SIZE - (at % PAGE_SIZE));
    const frame = Math.floor(at / PAGE_SIZE);
    const own = frame === image.swapFrame ||
      image.segments.some((s) => at >= s.dest && at < s.dest + s.destSize);
    if (!own && arrival.jumpBack !== undefined) {
      const owner = run.machine.owners.get(frame)?.label ?? "memory that nobody owns";
      yield* emit(run, {
        kind: "hazard-found",
        hazard: {
          code: "image-wrote-outside",
          message: `${what}: ${
            hex(at)
          } lies in no segment of image ${image.name} and is not put back on return (${owner})`,
          key: `image-wrote-outside:${image.name}:${frame}`,
          cite: run.cites.loop,
        },
      });
    }
    yield* emit(run, {
      kind: "bytes-stored",
      cpu,
      at,
      bytes: bytes.subarray(done, done + here),
      what,
    });
    done += here;
  }
}

function registerOf(run: Run, cpu: number, name: string): bigint | undefined {
  const state = run.machine.processors[cpu]!;
  if (Object.hasOwn(state.registers, name)) {
    return state.registers[name as keyof typeof state.registers];
  }
  return ({
    rip: state.rip,
    rflags: state.rflags,
    cr0: state.cr0,
    cr3: state.cr3,
    cr4: state.cr4,
  } as Record<string, bigint>)[name];
}

function wordOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

function bytesOf(word: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt.asUintN(64, word)]).buffer);
}
