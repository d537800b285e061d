/** The ways by which dom0's kernel loads an image. */
import type { LoadRoute } from "../../part.ts";
import type { Run } from "../../steps.ts";
import { DOM0 } from "../settings.ts";
import { loadByFlag, unloadByFlag } from "./flag.ts";
import { headerMeaning, loadByHeader } from "./header.ts";
import { loadByHooks, unloadByHooks, unloadV1 } from "./hooks.ts";
import { execNatively, loadNatively, unloadNatively } from "./native.ts";

function hasHooks(run: Run): boolean {
  return run.machine.settings.get(DOM0.hooks) === true;
}

export const KERNEL_ROUTES: readonly LoadRoute[] = [
  {
    word: "v1",
    summary: "op 1, with pages, tables and code that dom0 makes as its old kernels did",
    load: (run, image) => loadByHooks(run, image),
    unload: unloadV1,
  },
  {
    word: "hooks",
    summary: "kexec_load of dom0: by hooks to op 1, if its kernel has any, else as on bare metal",
    load: (run, image) =>
      hasHooks(run)
        ? loadByHooks(run, image, headerMeaning(run).load.number)
        : loadNatively(run, image),
    unload: (run, slot) => hasHooks(run) ? unloadByHooks(run, slot) : unloadNatively(run, slot),
  },
  {
    word: "flag",
    summary: "kexec_load of dom0 with KEXEC_HYPERVISOR, as it was proposed",
    load: loadByFlag,
    unload: unloadByFlag,
  },
  {
    word: "hypercall",
    summary: "a program of dom0 calls Xen itself, by the header that it was built with",
    load: loadByHeader,
  },
  {
    word: "native",
    summary: "kexec_load of dom0 without hooks, as on bare metal",
    load: loadNatively,
    unload: unloadNatively,
    exec: execNatively,
  },
];
