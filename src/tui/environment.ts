/**
 * The environment as the packages of the screen may see it. They ask for variables of every build
 * server and terminal there is; under Deno a variable that kx was not given the right to see would end
 * it there. It is absent instead.
 */
import process from "node:process";

export function guardEnvironment(): void {
  if (!("Deno" in globalThis)) return;
  const given = process.env;
  // React looks at it once, when it is loaded: without, it checks its own workings at every turn. Bun
  // has decided that when it was started.
  const own: Record<string, string> = { NODE_ENV: "production" };
  const read = (name: string): string | undefined => {
    try {
      return given[name];
    } catch {
      return undefined;
    }
  };
  process.env = new Proxy(own, {
    get: (_, name) => typeof name === "string" ? own[name] ?? read(name) : undefined,
    has: (_, name) => typeof name === "string" && (name in own || read(name) !== undefined),
  });
}
