/**
 * Each world by its name, loaded when a script boots it: a short run waits for modules most of its
 * time. The same worlds as in mod.ts.
 */
import type { World } from "../machine/mod.ts";

export const LOADERS: Readonly<Record<string, () => Promise<World>>> = {
  linux: async () => (await import("./linux/mod.ts")).linux,
  xen: async () => (await import("./xen/mod.ts")).xen,
  mini_os: async () => (await import("./mini_os/mod.ts")).miniOs,
};
