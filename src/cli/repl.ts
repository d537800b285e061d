/**
 * `kx repl`: a live session, on the whole screen or in plain lines. This file is loaded before the
 * engine and the worlds are: a screen shows its prompt first, and loads them while it is read.
 */
import type { Call, Command, Exit } from "./command.ts";

export const command: Command = async (call) => {
  const { host } = call;
  const env = (name: string): string | undefined => host.env(name);
  if (!wantsScreen(call)) return await withSession(call, undefined, undefined);
  const { openScreen, whyNoScreen } = await import("../tui/mod.ts");
  const why = whyNoScreen(env, host.columns() ?? 80, host.rows() ?? 24);
  if (why !== undefined) return await withSession(call, undefined, why);
  const screen = await openScreen(env);
  try {
    return await withSession(call, screen, undefined);
  } finally {
    await screen.close();
  }
};

type SessionArguments = Parameters<typeof import("./repl_session.ts").runSession>;

async function withSession(...args: SessionArguments): Promise<Exit> {
  const [{ runSession }] = await Promise.all([import("./repl_session.ts"), args[0].model()]);
  return await runSession(...args);
}

/** A screen where somebody watches one and wants it. */
function wantsScreen({ host, options }: Call): boolean {
  return !options.has("linear") && host.isTerminal("stdin") && host.isTerminal("stdout");
}
