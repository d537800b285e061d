/** How a component gives the painter its part of the screen. */
import { createContext, useContext, useLayoutEffect } from "react";
import type { Rect } from "./layout.ts";
import type { Painter } from "./painter.ts";
import type { StyledLine } from "./styled.ts";

/** Who draws. Every tree of the screen is inside one. */
export const PainterContext = createContext<Painter | undefined>(undefined);

export function usePainter(): Painter {
  const painter = useContext(PainterContext);
  if (painter === undefined) throw new Error("a part of the screen outside of any");
  return painter;
}

export interface LinesProps {
  /** One part has it at a time. */
  readonly name: string;
  readonly rect: Rect;
  readonly lines: readonly StyledLine[];
  readonly above?: boolean;
}

/** Lines at a place of the screen. Ink itself draws nothing for it. */
export function Lines({ name, rect, lines, above = false }: LinesProps): null {
  const painter = usePainter();
  useLayoutEffect(() => painter.put(name, { rect, lines, above }), [
    painter,
    name,
    rect,
    lines,
    above,
  ]);
  useLayoutEffect(() => () => painter.put(name, undefined), [painter, name]);
  return null;
}
