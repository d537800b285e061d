/** The beginning of every example: 1 GiB, 64 MiB of it at 128 MiB for crash images, a PV dom0. */
export const HOST = `machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen 4.17 on m { cmdline "crashkernel=64M@128M"; dom0 linux 6.1 { memory 256MiB } }`;

export function example(...lines: readonly string[]): string {
  return [HOST, ...lines].join("\n");
}

/** A crash image of one page. */
export const CRASH = "image c : crash { segment text at 0x0810_0000 size 4KiB fill 0x90 }";
