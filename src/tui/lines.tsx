/** Lines at a place of the screen, as Ink draws them. */
import type { ReactElement } from "react";
import { Box, Text } from "ink";
import type { Rect } from "./layout.ts";
import type { StyledLine } from "./styled.ts";
import type { Paint } from "./theme.ts";

export interface LinesProps {
  readonly rect: Rect;
  readonly lines: readonly StyledLine[];
  readonly paint: Paint;
}

/** One text node: Ink measures it again only if it has changed. Its colours are in it already. */
export function Lines({ rect, lines, paint }: LinesProps): ReactElement {
  const text = lines.map((row) => paint.line(row)).join("\n");
  return (
    <Box
      position="absolute"
      left={rect.x}
      top={rect.y}
      width={rect.width}
      height={rect.height}
    >
      <Text wrap="truncate">{text}</Text>
    </Box>
  );
}
