/** The beginning of every example: a domain of 128 MiB with a module of four pages at its top. */
export const HOST = "machine stubdom { memory 0 .. 128MiB }";

/** A kernel to go on with. */
export const NEXT =
  "image b : mini_os { segment text at 1MiB size 64KiB buffer 4KiB fill 0x90; entry 1MiB }";

/** The tree before the series has the name of its commit, which begins with a digit: a text. */
export const BEFORE = '"2d3b22f8"';

export function example(release: string, clauses: string, ...lines: readonly string[]): string {
  return [HOST, `boot mini_os ${release} on stubdom { ${clauses} }`, ...lines].join("\n");
}

/** A kernel that dies at boot. */
export function dying(release: string, clauses: string): string {
  return [HOST, `boot mini_os ${release} on stubdom fails FAULT { ${clauses} }`].join("\n");
}

/** Something writes into the last page of the module of four pages, then the next kernel looks at it. */
export function damaged(at: number, hex: string): string {
  const write = `dma at 0x${(0x7fff000 + at).toString(16)} hex "${hex}"`;
  return example("v2", "module_pages 4", write, NEXT, "kexec b");
}
