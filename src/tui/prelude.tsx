/**
 * The screen before there is a session: the prompt at its place, while the model is still being
 * loaded. What is typed is shown, and done when the session is there. It draws little on purpose: the
 * first frame is drawn by code that has never run.
 */
import type { ReactElement } from "react";
import { Box, useCursor, useWindowSize } from "ink";
import { layoutOf } from "./layout.ts";
import { Lines } from "./lines.tsx";
import { PROMPT } from "./prompt.ts";
import { cut, piece, textWidth } from "./styled.ts";
import { paintOf } from "./theme.ts";

export interface PreludeProps {
  env(name: string): string | undefined;
  /** What was typed so far. */
  readonly typed: string;
}

export function Prelude({ env, typed }: PreludeProps): ReactElement {
  const { columns, rows } = useWindowSize();
  const { setCursorPosition } = useCursor();
  const paint = paintOf("auto", env);
  const { header, input } = layoutOf({
    columns,
    rows,
    pane: "transcript",
    inputLines: 1,
    branches: 1,
  });
  const shown = cut(typed, columns - PROMPT.length - 1);
  setCursorPosition({ x: PROMPT.length + textWidth(shown), y: input.y });
  return (
    <Box width={columns} height={rows}>
      <Lines rect={header} lines={[[piece(" kx ", "current")]]} paint={paint} />
      <Lines rect={input} lines={[[piece(PROMPT, "key"), piece(shown)]]} paint={paint} />
    </Box>
  );
}
