/** All panes, by the name that the session knows. A new pane is a file and a line here. */
import type { Pane } from "../../session/mod.ts";
import { cpuPane } from "./cpu.ts";
import { hazardsPane } from "./hazards.ts";
import { imagesPane } from "./images.ts";
import { mapPane } from "./map.ts";
import { pagePane } from "./page.ts";
import type { PaneView } from "./pane.ts";
import { scriptPane } from "./script.ts";
import { transcriptPane } from "./transcript.ts";
import { walkPane } from "./walk.ts";
import { worldPane } from "./world.ts";

export type { PaneView } from "./pane.ts";
export { firstHazard } from "./hazards.ts";
export { mapSpan } from "./map.ts";
export { firstScriptLine } from "./script.ts";
export { drawOther, otherTitle } from "./other_branch.ts";
export { timelineBars } from "./timeline_bar.ts";

export const PANE_VIEWS: Readonly<Record<Pane, PaneView>> = {
  script: scriptPane,
  transcript: transcriptPane,
  map: mapPane,
  page: pagePane,
  walk: walkPane,
  images: imagesPane,
  cpu: cpuPane,
  hazards: hazardsPane,
  world: worldPane,
};
