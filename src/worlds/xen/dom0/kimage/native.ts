/**
 * kexec_load in a dom0 without hooks: everything is as on bare metal and in dom0's own addresses, Xen
 * hears nothing, and the load succeeds. What comes of it is seen at the reboot: a PV dom0's way to
 * shut down is to ask Xen to switch off. [linux:xen_machine_power_off]
 */
import type { Decision, ImageSpec, Slot } from "../../../../machine/mod.ts";
import { emit, milestone, refuse, type Run } from "../../steps.ts";
import { DOM0 } from "../settings.ts";
import { buildKimage, dropKimage, kimageIn } from "./build.ts";
import { keep } from "./hooks.ts";

const CITE = "linux:xen_machine_power_off";

export function* loadNatively(run: Run, spec: ImageSpec): Decision<string> {
  const built = yield* buildKimage(run, spec, false);
  if ("rule" in built) return yield* refuse(run, built);
  yield* keep(run, spec.slot, built.id);
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "native-kexec-in-dom0",
      message:
        `image ${spec.name} is loaded in dom0 alone: its addresses mean other memory to the machine, and Xen does not know of it`,
      key: `native-kexec-in-dom0:${spec.slot}`,
      cite: CITE,
    },
  });
  return "0";
}

export function* unloadNatively(run: Run, slot: Slot): Decision<string> {
  const old = kimageIn(run, slot);
  if (old === undefined) return "0";
  yield* emit(run, { kind: "setting-set", name: DOM0.image(slot), value: 0n });
  yield* dropKimage(run, old.id);
  return "0";
}

/** reboot(KEXEC): dom0's shutdown comes before its jump, and ends the machine's day. */
export function* execNatively(run: Run, slot: Slot): Decision<string> {
  const image = kimageIn(run, slot);
  if (image === undefined) {
    return yield* refuse(run, {
      rule: "dom0-has-no-image",
      errno: "EINVAL",
      nature: "state",
      message: `dom0's own kexec has no ${slot} image`,
      remedy: "Load one first",
      cite: CITE,
    });
  }
  yield* milestone(run, "machine_ops.shutdown of a PV dom0: SCHEDOP_shutdown(poweroff)", CITE);
  yield* emit(run, {
    kind: "power-changed",
    power: "off",
    why: `dom0 asked Xen to switch off: image ${image.name} is never reached`,
  });
  run.note = "switched off";
  return "0";
}
