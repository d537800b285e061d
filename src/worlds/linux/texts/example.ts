/** The beginning of every example: a machine of 1 GiB with 128 MiB at 0x37000000 for crash images. */
export const HOST = `machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot linux 6.1 on m { cmdline "crashkernel=128M" }`;

/** One default image `a` with one segment. */
export const IMAGE = `image a : default { segment text at 128MiB size 4KiB fill 0x90 }`;

export function example(...lines: readonly string[]): string {
  return [HOST, ...lines].join("\n");
}
