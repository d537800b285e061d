/** `kx repl`: a live session, on the whole screen or in plain lines. */
import { GREETING, Store } from "../session/mod.ts";
import { type Call, type Command, EXIT } from "./command.ts";
import { ReplHost } from "./repl_host.ts";
import { runLines } from "./repl_lines.ts";
import { allowedFolders } from "./scripts.ts";

export const command: Command = async (call) => {
  const { host, options, operands, output } = call;
  const typed = host.isTerminal("stdin");
  const linear = isLinear(call);
  const session = new ReplHost(host, allowedFolders(call), typed);
  const store = new Store(await call.model(), session, {
    linear,
    columns: output.width,
    ...(linear ? { theme: "none" } : {}),
  });
  const { lines, problem } = session.history();
  store.dispatch({ kind: "history-read", lines });
  if (problem !== undefined) {
    store.dispatch({
      kind: "say",
      as: "warning",
      lines: [problem.message, ...(problem.hint === undefined ? [] : [problem.hint])],
    });
  }
  if (typed && operands.length === 0 && !options.has("tour")) {
    store.dispatch({ kind: "say", as: "note", lines: GREETING });
  }
  if (session.recoverable().length > 0) {
    store.dispatch({
      kind: "say",
      as: "warning",
      lines: ["A session ended before its time: `:recover` has it back, `:recover no` forgets it"],
    });
  }
  const [path] = operands;
  if (path !== undefined) store.dispatch({ kind: "load", path });
  if (options.has("tour")) store.dispatch({ kind: "tour", to: "begin" });
  const exit = linear
    ? await runLines(store, host, output)
    : await (await import("../tui/mod.ts")).startTui({ store, env: (name) => host.env(name) });
  // Ended by a signal, it stays to be recovered.
  if (store.session.ended) session.close();
  return exit === 0 ? EXIT.well : EXIT.bug;
};

/** Lines where nobody watches a screen, and where a screen could not be drawn. */
function isLinear({ host, options }: Call): boolean {
  return options.has("linear") || !host.isTerminal("stdin") || !host.isTerminal("stdout") ||
    host.env("TERM") === "dumb";
}
