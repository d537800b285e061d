/** The kexec module: found or created at boot, its pages and records. */
export { bootModule } from "./boot_module.ts";
export { type Broken, brokenLaws, tellBrokenLaws } from "./laws.ts";
export { moduleOf, type ModuleView, recordData } from "./view.ts";
export { RECORD } from "./layout.ts";
