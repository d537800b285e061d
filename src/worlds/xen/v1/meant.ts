/** What an image of op 1 was meant to be. */
import type { Image, Machine } from "../../../machine/mod.ts";
import { DOM0 } from "../dom0/settings.ts";
import { numberSetting } from "../state.ts";

/**
 * What should be at the destinations of an image of op 1: dom0's own image knows, if it is still
 * there; Xen never does.
 */
export function meantBy(machine: Machine, image: Image): Image {
  if (image.pageList === undefined && !image.segments.some((s) => s.name.startsWith("v1."))) {
    return image;
  }
  const id = Number(numberSetting(machine, DOM0.image(image.slot)));
  const own = machine.images.get(id);
  return own !== undefined && own.name === image.name ? own : { ...image, segments: [] };
}
