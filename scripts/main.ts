/**
 * The chores of this project, one file each: `deno run -A scripts/main.ts NAME …`, or the task of the
 * same name. TypeScript and no shell, so that they run wherever the project does.
 */
import process from "node:process";

/** A chore gives back an exit status. */
export type Chore = (args: readonly string[]) => Promise<number>;

interface ChoreRow {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly chore: Chore }>;
}

const CHORES: readonly ChoreRow[] = [
  {
    name: "tidy",
    summary: "checks the habits that no type checker knows: who imports whom, sizes, words",
    load: () => import("./tidy.ts"),
  },
  {
    name: "parity",
    summary: "runs every example and golden script on Deno and on Bun and compares the bytes",
    load: () => import("./parity.ts"),
  },
  {
    name: "bench",
    summary: "measures speed and memory, as ratios within one run",
    load: () => import("./bench.ts"),
  },
  {
    name: "record",
    summary: "draws examples/repl.svg, the picture of `kx repl`, from a real run",
    load: () => import("./record.ts"),
  },
];

async function main([name, ...args]: readonly string[]): Promise<number> {
  const row = CHORES.find((chore) => chore.name === name);
  if (row !== undefined) return await (await row.load()).chore(args);
  console.error("Usage: deno run -A scripts/main.ts NAME");
  for (const { name, summary } of CHORES) console.error(`  ${name.padEnd(8)} ${summary}`);
  return 2;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
