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

const host = await findHost();
host.exit(await runProgram({ commands: COMMANDS, host, model: loadModel }));
