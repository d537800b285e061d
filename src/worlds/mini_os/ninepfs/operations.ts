/** What a script can do with 9pfs and its backend. */
import {
  bufferFromArgs,
  type Decision,
  naturalSize,
  type Operation,
  readRecipe,
  SOURCE_PARAMS,
} from "../../../machine/mod.ts";
import type { OperationOf } from "../operation.ts";
import { keep } from "../state.ts";
import { check, emit, refuse, type Run } from "../steps.ts";
import { backendEvents, backendReads, backendRoom } from "./backend.ts";
import { coldStart, frontendRoom, receive, send, warmStart } from "./frontend.ts";
import { MOST_ORDER } from "./layout.ts";
import { BACKEND, type Backend, backendOf, type Frontend, frontendOf } from "./state.ts";

const CITE = "minios:init_9pfront2";

export const NINEPFS_OPERATIONS: readonly OperationOf[] = [
  {
    shape: {
      head: "attach",
      summary: "starts a device: `attach ninepfs` cold, `attach ninepfs again` after a kexec",
      positional: [{ name: "device", type: "word", choices: ["ninepfs"], required: true }],
      labels: [
        {
          name: "ring_order",
          type: "integer",
          summary: "the most that the backend offers; 4 if absent",
        },
        { name: "again", type: "flag", summary: "goes on with what the module's record says" },
        { name: "plain", type: "flag", summary: "in ordinary pages, which no kexec keeps" },
      ],
    },
    *run(run, { args }) {
      const refusal = yield* needsRecords(run, args.plain !== true);
      if (refusal !== undefined) return refusal;
      if (args.again === true) yield* warmStart(run);
      else {
        const order = args.ring_order as bigint | undefined ?? BigInt(MOST_ORDER);
        yield* coldStart(run, Number(order < 32n ? order : 32n), args.plain !== true);
      }
      return "0";
    },
  },
  {
    shape: {
      head: "ninepfs",
      summary: 'the frontend: `ninepfs sends text "…"`, `ninepfs receives`',
      positional: [{
        name: "action",
        type: "word",
        choices: ["sends", "receives"],
        required: true,
      }],
      labels: [{ name: "size", type: "size" }, ...SOURCE_PARAMS],
    },
    *run(run, { args }) {
      const frontend = yield* frontendHere(run);
      if (typeof frontend === "string") return frontend;
      if (args.action === "sends") {
        const size = sizeOf(args);
        const room = frontendRoom(run, frontend);
        if (size > room) return yield* full(run, size, room);
        yield* send(run, frontend, bytesOf(args, size));
        return "0";
      }
      const bytes = yield* receive(run, frontend);
      run.note = printable(bytes);
      return String(bytes.length);
    },
  },
  {
    shape: {
      head: "backend",
      summary:
        'the other side: `backend writes text "…"`; `backend streams` after every step of the kernel until it `pauses`',
      positional: [
        {
          name: "action",
          type: "word",
          choices: ["writes", "reads", "streams", "pauses"],
          required: true,
        },
      ],
      labels: [{ name: "size", type: "size" }, ...SOURCE_PARAMS],
      // Another domain: it runs on, whatever becomes of this one.
      whenGone: true,
    },
    *run(run, { args }) {
      const backend = yield* backendHere(run);
      if (typeof backend === "string") return backend;
      if (args.action === "writes") {
        const size = sizeOf(args);
        const room = backendRoom(run.machine);
        if (size > room) return yield* full(run, size, room);
        const events = backendEvents(run.machine, bytesOf(args, size));
        for (let next = events.next(); !next.done; next = events.next(run.machine)) {
          yield* emit(run, next.value);
        }
        return "0";
      }
      if (args.action === "reads") {
        const bytes = yield* backendReads(run);
        run.note = printable(bytes);
        return String(bytes.length);
      }
      const streams = args.action === "streams";
      const what = streams ? "the backend writes after every step" : "the backend pauses";
      yield* keep(run, BACKEND, { ...backend, streams }, what);
      return "0";
    },
  },
];

function* needsRecords(run: Run, inModule: boolean): Decision<string | undefined> {
  const refusal = yield* check(
    run,
    "no-module-records",
    CITE,
    !inModule || run.features.hasRecords ? undefined : {
      rule: "no-module-records",
      errno: "ENOSYS",
      nature: "state",
      message: `release ${run.features.release} has no records that are known`,
      remedy: "attach ninepfs plain",
      cite: CITE,
    },
  );
  return refusal && (yield* refuse(run, refusal));
}

function* frontendHere(run: Run): Decision<Frontend | string> {
  return frontendOf(run.machine) ?? (yield* refuse(run, {
    rule: "not-attached",
    errno: "ENODEV",
    nature: "state",
    message: "this kernel has no 9pfs device",
    remedy: "attach ninepfs",
    cite: CITE,
  }));
}

function* backendHere(run: Run): Decision<Backend | string> {
  return backendOf(run.machine) ?? (yield* refuse(run, {
    rule: "not-attached",
    errno: "ENODEV",
    nature: "state",
    message: "no backend has connected",
    remedy: "attach ninepfs",
    cite: CITE,
  }));
}

/** The real ones wait for the other side; here the script has to let it read. */
function* full(run: Run, wanted: number, room: number): Decision<string> {
  return yield* refuse(run, {
    rule: "ring-full",
    errno: "EAGAIN",
    nature: "state",
    message: `${wanted} bytes do not fit: the ring has room for ${room}`,
    remedy: `${room} bytes, or let the other side read first`,
    cite: "minios:init_9pfront2",
  });
}

function sizeOf(args: Operation["args"]): number {
  return Number(args.size as bigint | undefined ?? BigInt(naturalSize(args) ?? 0));
}

function bytesOf(args: Operation["args"], size: number): Uint8Array {
  return readRecipe(bufferFromArgs(args, BigInt(size)).recipe, 0, size);
}

/** A text as it is, anything else in hex digits, the beginning of what is long. */
function printable(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, 32);
  const text = shown.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? JSON.stringify(new TextDecoder().decode(shown))
    : [...shown].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > shown.length ? `${text}…` : text;
}
