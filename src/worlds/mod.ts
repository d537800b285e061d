/** Every world that a script can boot. Adding one is a folder and a line here. */
import type { World } from "../machine/mod.ts";
import { linux } from "./linux/mod.ts";
import { miniOs } from "./mini_os/mod.ts";
import { xen } from "./xen/mod.ts";

export const worlds: readonly World[] = [linux, xen, miniOs];
