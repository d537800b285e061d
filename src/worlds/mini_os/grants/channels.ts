/**
 * Event channels of the domain. Xen keeps them bound while kernels come and go; which handler a port
 * leads to is the kernel's own.
 */
import type { Decision, Machine } from "../../../machine/mod.ts";
import { keep } from "../state.ts";
import { type Run, tell } from "../steps.ts";

export const CHANNELS = "xen.event_channels";
const HANDLERS = "mini_os.event_handlers";
const TIMER = "timer";

/** What a port is bound to: `timer`, or another domain. */
export type Channels = ReadonlyMap<number, string>;
/** Ports that lead somewhere in the running kernel, and whether they are masked. */
export type Handlers = ReadonlyMap<number, { readonly handler: string; readonly masked: boolean }>;

export function channelsOf(machine: Machine): Channels {
  return machine.records.get(CHANNELS) as Channels | undefined ?? new Map();
}

export function handlersOf(machine: Machine): Handlers {
  return machine.records.get(HANDLERS) as Handlers | undefined ?? new Map();
}

/** Binds the timer, as each kernel does when it starts. */
export function* bindTimer(run: Run): Decision<void> {
  const bound = [...channelsOf(run.machine)].find(([, to]) => to === TIMER);
  if (bound !== undefined) {
    return yield* tell(
      run,
      "timer-still-bound",
      `the timer is bound to port ${
        bound[0]
      } since the kernel before: this one cannot bind it and has no timer`,
      "minios:init_time",
    );
  }
  const port = yield* newChannel(run, TIMER);
  yield* bindHandler(run, port, TIMER);
  yield* unmask(run, port);
}

/** The timer's callback of kexec(): unbinds it, or with `undo` binds it again. */
export function* unbindTimer(run: Run, undo: boolean): Decision<void> {
  if (undo) return yield* bindTimer(run);
  const channels = new Map(channelsOf(run.machine));
  for (const [port, to] of channels) if (to === TIMER) channels.delete(port);
  yield* keep(run, CHANNELS, channels, "timer unbound");
}

/** The lowest port that nobody has. */
export function* newChannel(run: Run, to: string): Decision<number> {
  const channels = new Map(channelsOf(run.machine));
  let port = 1;
  while (channels.has(port)) port++;
  channels.set(port, to);
  yield* keep(run, CHANNELS, channels, `port ${port} bound to ${to}`);
  return port;
}

export function* bindHandler(run: Run, port: number, handler: string): Decision<void> {
  const handlers = new Map(handlersOf(run.machine)).set(port, { handler, masked: true });
  yield* keep(run, HANDLERS, handlers, `events of port ${port} go to ${handler}`);
}

export function* unmask(run: Run, port: number): Decision<void> {
  const handlers = new Map(handlersOf(run.machine));
  const handler = handlers.get(port)?.handler;
  if (handler === undefined) return;
  handlers.set(port, { handler, masked: false });
  yield* keep(run, HANDLERS, handlers, `port ${port} unmasked`);
}
