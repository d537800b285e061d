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
  type ProgramEnd,
  type ProgramStep,
  readMemory,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { emit, hex, milestone, type Run } from "../routine/mod.ts";
import { AddressSpace } from "./address_space.ts";
import { raise } from "./exceptions.ts";
import { type Ending, hang, pageFault } from "./faults.ts";
import { type Arrival, changeCpu } from "./arrival.ts";
import { MemoryFault, programCpu, readThrough } from "./program_cpu.ts";

const CITE = "kx:programs";

/** A program that ended in a return, with the stack pointer where its caller's word is. */
export interface Returned {
  readonly value: bigint;
  readonly leaving: bigint | undefined;
  readonly loadedGdt: boolean;
  /** It jumped to the jump-back entry instead: its stack is its own, and holds no return address. */
  readonly jumped?: boolean;
}

/** Runs what is at the entry point; gives back a return, or how it ended otherwise. */
export function* runImage(
  run: Run,
  entered: Arrival,
): Decision<Returned | Ending> {
  const { image, cpu } = entered;
  let arrival = entered;
  let entry = run.machine.processors[cpu]!.rip;
  for (let hops = 0; hops < 16; hops++) {
    // The tables may have been overwritten since whoever jumped looked.
    const fetched = arrival.space.translateWide(entry, "execute");
    if (typeof fetched !== "number") {
      const doing = `first instruction of image ${image.name}`;
      return yield* raise(run, pageFault(run.machine, cpu, fetched, doing));
    }
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
        if (done.end.unpaged === true) {
          arrival = { ...arrival, space: AddressSpace.unpaged(() => run.machine) };
        }
        const found = arrival.space.translateWide(entry, "execute");
        if (typeof found !== "number") {
          return yield* raise(
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
          return { value: 0n, leaving: done.end.leaving, loadedGdt: done.loadedGdt, jumped: true };
        }
        break;
      }
      case "fault":
        return yield* raise(run, {
          cpu,
          exception: "exception",
          access: "execute",
          vaddr: entry,
          doing: `program ${program.name}`,
          why: done.end.why,
        });
      case "loop":
        return yield* hang(
          run,
          done.end.code,
          `${done.end.brief}: ${done.end.message}`,
          done.end.cite,
          done.end.brief,
        );
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
  return yield* raise(run, pageFault(run.machine, cpu, target, doing));
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
  const read = (vaddr: bigint, length: number) => readThrough(run, space, vaddr, length);
  try {
    const args = arrival.calling === "memory"
      ? program.argumentOffsets.map((offset) => wordOf(read(base + BigInt(offset), 8)))
      : (["rdi", "rsi", "rdx", "rcx", "r8", "r9"] as const).map((r) =>
        run.machine.processors[cpu]!.registers[r]
      );
    yield* milestone(run, `program ${program.name} runs at ${hex(base)}`, CITE);
    const steps = program.run(programCpu(run, arrival, base, args));
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
      if (next.value.kind === "load-gdt") loadedGdt = true;
      yield* doStep(run, arrival, program, next.value);
    }
  } catch (error) {
    if (!(error instanceof MemoryFault)) throw error;
    return yield* raise(
      run,
      pageFault(run.machine, cpu, error.miss, `program ${program.name}`),
    );
  }
}

function* doStep(
  run: Run,
  arrival: Arrival,
  program: Program,
  step: ProgramStep,
): Decision<void> {
  switch (step.kind) {
    case "load-gdt":
      return yield* changeCpu(
        run,
        arrival.cpu,
        { gdtr: arrival.departed.gdtr },
        `program ${program.name} loaded a GDT with the caller's selectors`,
      );
    case "say":
      return yield* milestone(run, `program ${program.name}: ${step.text}`, CITE);
    case "set-cpu": {
      const { special, segments } = run.machine.processors[arrival.cpu]!;
      const efer = special.efer & ~(step.clearsEfer ?? 0n);
      const changes = {
        ...step.changes,
        segments: { ...segments, ...step.segments },
        special: { ...special, efer },
      };
      return yield* changeCpu(run, arrival.cpu, changes, step.what);
    }
    case "hazard":
      return yield* emit(run, { kind: "hazard-found", hazard: step.hazard });
    case "copy":
      return yield* copyBytes(run, arrival, step);
    case "store":
      return yield* store(run, arrival, step.vaddr, step.bytes, step.what);
  }
}

/** Whole pages keep what is known of them; the rest becomes bytes. */
function* copyBytes(
  run: Run,
  arrival: Arrival,
  step: Extract<ProgramStep, { kind: "copy" }>,
): Decision<void> {
  const { space } = arrival;
  const moves: number[] = [];
  let done = 0;
  const distance = step.from < step.to ? step.to - step.from : step.from - step.to;
  const apart = distance >= BigInt(step.length);
  for (; apart && step.length - done >= PAGE_SIZE; done += PAGE_SIZE) {
    const from = space.translateWide(step.from + BigInt(done), "read");
    if (typeof from !== "number") throw new MemoryFault(from);
    const to = space.translateWide(step.to + BigInt(done), "write");
    if (typeof to !== "number") throw new MemoryFault(to);
    if (from % PAGE_SIZE !== 0 || to % PAGE_SIZE !== 0) break;
    const last = moves.length - 3;
    const count = last < 0 ? 0 : moves[last + 2]!;
    const follows = last >= 0 && moves[last]! + count === from / PAGE_SIZE &&
      moves[last + 1]! + count === to / PAGE_SIZE;
    if (follows) moves[last + 2] = count + 1;
    else moves.push(from / PAGE_SIZE, to / PAGE_SIZE, 1);
  }
  if (moves.length > 0) yield* emit(run, { kind: "frames-copied", moves, what: step.what });
  if (done === step.length) return;
  const rest = readThrough(run, space, step.from + BigInt(done), step.length - done);
  yield* store(run, arrival, step.to + BigInt(done), rest, step.what);
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

function wordOf(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

function bytesOf(word: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt.asUintN(64, word)]).buffer);
}
