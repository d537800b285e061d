/** The session of `kx repl`, from its first words to its exit status. */
import type { LiveScreen } from "../tui/mod.ts";
import { GREETING, LEFT_BEHIND, type Message, Store } from "../session/mod.ts";
import { type Call, EXIT, type Exit, UsageError } from "./command.ts";
import { ReplHost } from "./repl_host.ts";
import { runLines } from "./repl_lines.ts";
import { allowedFolders } from "./scripts.ts";

/** On the screen if there is one, else in lines; `why` says why not where one was wanted. */
export async function runSession(
  call: Call,
  screen: LiveScreen | undefined,
  why: string | undefined,
): Promise<Exit> {
  const { host, options, operands, output } = call;
  const typed = host.isTerminal("stdin");
  const allow = allowedFolders(call);
  const session = new ReplHost(host, allow, typed);
  const [path] = operands;
  if (path !== undefined) mustOpen(session, path);
  const store = new Store(await call.model(), session, {
    linear: screen === undefined,
    spoken: options.has("linear"),
    columns: output.width,
    ...(screen === undefined ? { theme: "none" } : {}),
  });
  const say = (as: Message["kind"], ...lines: readonly string[]): void =>
    store.dispatch({ kind: "say", as, lines });
  if (why !== undefined) say("note", why);
  const { lines, problem } = session.history();
  store.dispatch({ kind: "history-read", lines });
  if (typed && operands.length === 0 && !options.has("tour")) say("note", ...GREETING);
  // What is said last is seen also where there is room for little.
  if (problem !== undefined) {
    say("warning", problem.message, ...(problem.hint ? [problem.hint] : []));
  }
  if (session.recoverable().length > 0) say("warning", LEFT_BEHIND);
  if (path !== undefined) store.dispatch({ kind: "load", path });
  if (options.has("tour")) store.dispatch({ kind: "tour", to: "begin" });
  const status = screen === undefined
    ? await runLines(store, host, output)
    : await screen.run({ store, env: (name) => host.env(name) });
  // Ended by a signal, it stays to be recovered.
  if (store.session.ended) session.close();
  // A screen that a signal ended gives what a shell calls that.
  return status === 0 ? EXIT.well : status as Exit;
}

/** A name that was mistyped on the command line is told there. */
function mustOpen(session: ReplHost, path: string): void {
  if (path === "-") {
    throw new UsageError(
      "A session reads standard input by itself",
      "Like `kx repl < typed_lines`",
    );
  }
  const opened = session.script(path, path);
  if (!opened.ok) throw new UsageError(opened.message, opened.hint);
}
