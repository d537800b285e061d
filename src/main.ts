/** The command `kx`. The only file that ends the process, and the only one that knows which worlds exist. */
import type { LoadModel } from "./cli/command.ts";
import { bootedWorlds } from "./cli/booted_worlds.ts";
import { COMMANDS } from "./cli/commands.ts";
import type { Host } from "./cli/host.ts";
import { runProgram } from "./cli/program.ts";
import { readWhole } from "./cli/read.ts";
import { LOADERS } from "./worlds/loaders.ts";

/** Deno's own functions are there at once; `node:fs` would cost it more time than all of kx. */
async function findHost(): Promise<Host> {
  const { host } = "Deno" in globalThis
    ? await import("./cli/host_deno.ts")
    : await import("./cli/host_node.ts");
  return host;
}

const loadModel: LoadModel = async (names) => {
  // A name that no world has is a word of a comment, or a mistake: for that all are asked for later.
  const loaders = Object.entries(LOADERS)
    .filter(([name]) => names === undefined || names.includes(name))
    .map(([, load]) => load);
  const [{ invariants }, ...worlds] = await Promise.all([
    import("./machine/invariants/mod.ts"),
    ...loaders.map((load) => load()),
  ]);
  return { worlds, invariants };
};

/**
 * What the command will import, asked for at once and not one after the other: most of the time of a
 * short run is waiting for modules. A failure is met again, and told, where the module is needed.
 */
function prefetchCommand(name: string | undefined): void {
  const row = COMMANDS.find((command) => command.name === name);
  row?.load().catch(() => {});
  if (name === "test" || name === "replay") loadModel().catch(() => {});
}

function prefetchWorlds(host: Host): void {
  const [name, ...rest] = host.args;
  if (name !== "run" && name !== "check") return;
  for (const path of rest) {
    if (path.endsWith(".kx")) loadModel(worldsOf(host, path)).catch(() => {});
  }
}

/** Undefined: any. Whatever is wrong with the file is told when it is opened. */
function worldsOf(host: Host, path: string): string[] | undefined {
  try {
    const bytes = readWhole(host, path, MOST_SCANNED);
    return bytes && bootedWorlds(new TextDecoder().decode(bytes));
  } catch {
    return [];
  }
}

/** Bytes of a script beyond which it is not looked at ahead of time. */
const MOST_SCANNED = 1 << 20;

const hostModule = findHost();
prefetchCommand(("Deno" in globalThis ? Deno.args : process.argv.slice(2))[0]);
const host = await hostModule;
prefetchWorlds(host);
host.exit(await runProgram({ commands: COMMANDS, host, model: loadModel }));
