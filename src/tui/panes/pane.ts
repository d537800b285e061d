/** A pane: a part of the screen that shows one side of a scene. Pure, and as dear as what it shows. */
import type { Pane } from "../../session/mod.ts";
import type { Scene } from "../scene.ts";
import type { StyledLine } from "../styled.ts";

export interface PaneView {
  readonly pane: Pane;
  /** What stands beside its title: `0x8000`, `3 of 12`. */
  readonly about?: (scene: Scene) => string;
  /**
   * At most `height` lines that fit `width` columns, or are cut to it. `scroll` is the first line
   * shown, as far as the pane has so many; `transcript` counts back from its end.
   */
  readonly draw: (scene: Scene, width: number, height: number, scroll: number) => StyledLine[];
}
