/** The command `kx`. The only file that ends the process, and the only one that knows which worlds exist. */
import type { Model } from "./cli/command.ts";
import { COMMANDS } from "./cli/commands.ts";
import type { Host } from "./cli/host.ts";
import { runProgram } from "./cli/program.ts";

/** Deno's own functions are there at once; `node:fs` would cost it more time than all of kx. */
async function findHost(): Promise<Host> {
  const { host } = "Deno" in globalThis
    ? await import("./cli/host_deno.ts")
    : await import("./cli/host_node.ts");
  return host;
}

async function loadModel(): Promise<Model> {
  const [{ worlds }, { invariants }] = await Promise.all([
    import("./worlds/mod.ts"),
    import("./machine/invariants/mod.ts"),
  ]);
  return { worlds, invariants };
}

/**
 * Commands that run scripts need it: its files are read while those of the command are. `repl` has a
 * screen to draw first.
 */
const NEEDS_MODEL = ["run", "check", "test", "replay"];

/**
 * What the command will import, asked for at once and not one after the other: most of the time of a
 * short run is waiting for modules. A failure is met again, and told, where the module is needed.
 */
function prefetch(name: string | undefined): void {
  const row = COMMANDS.find((command) => command.name === name);
  if (row === undefined) return;
  row.load().catch(() => {});
  if (NEEDS_MODEL.includes(row.name)) loadModel().catch(() => {});
}

const hostModule = findHost();
prefetch(("Deno" in globalThis ? Deno.args : process.argv.slice(2))[0]);
const host = await hostModule;
host.exit(await runProgram({ commands: COMMANDS, host, model: loadModel }));
