/** `kx repl`: a live session, on the whole screen or in plain lines. */
import { GREETING, type Message, Store } from "../session/mod.ts";
import { type Call, type Command, EXIT, type Exit } from "./command.ts";
import { ReplHost } from "./repl_host.ts";
import { runLines } from "./repl_lines.ts";
import { allowedFolders } from "./scripts.ts";

export const command: Command = async (call) => {
  const { host, options, operands, output } = call;
  const typed = host.isTerminal("stdin");
  const allow = allowedFolders(call);
  // What a screen needs loads while the model does.
  const tui = wantsScreen(call) ? await import("../tui/mod.ts") : undefined;
  const why = tui?.whyNoScreen((name) => host.env(name), host.columns() ?? 80, host.rows() ?? 24);
  const screen = why === undefined ? tui : undefined;
  screen?.prepareTui();
  const session = new ReplHost(host, allow, typed);
  const store = new Store(await call.model(), session, {
    linear: screen === undefined,
    columns: output.width,
    ...(screen === undefined ? { theme: "none" } : {}),
  });
  const say = (as: Message["kind"], ...lines: readonly string[]): void =>
    store.dispatch({ kind: "say", as, lines });
  if (why !== undefined) say("note", why);
  const { lines, problem } = session.history();
  store.dispatch({ kind: "history-read", lines });
  if (problem !== undefined) {
    say("warning", problem.message, ...(problem.hint ? [problem.hint] : []));
  }
  if (typed && operands.length === 0 && !options.has("tour")) say("note", ...GREETING);
  if (session.recoverable().length > 0) say("warning", LEFT_BEHIND);
  const [path] = operands;
  if (path !== undefined) store.dispatch({ kind: "load", path });
  if (options.has("tour")) store.dispatch({ kind: "tour", to: "begin" });
  const status = screen === undefined
    ? await runLines(store, host, output)
    : await screen.startTui({ store, env: (name) => host.env(name) });
  // Ended by a signal, it stays to be recovered.
  if (store.session.ended) session.close();
  // A screen that a signal ended gives what a shell calls that.
  return status === 0 ? EXIT.well : status as Exit;
};

const LEFT_BEHIND =
  "A session ended before its time: `:recover` has it back, `:recover no` forgets it";

/** A screen where somebody watches one and wants it. */
function wantsScreen({ host, options }: Call): boolean {
  return !options.has("linear") && host.isTerminal("stdin") && host.isTerminal("stdout");
}
