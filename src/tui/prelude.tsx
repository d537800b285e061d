/**
 * The screen before there is a session: the prompt at its place, while the model is still being
 * loaded. What is typed is shown, and done when the session is there.
 */
import { type ReactElement, useLayoutEffect } from "react";
import { Box, useWindowSize } from "ink";
import { layoutOf } from "./layout.ts";
import { Lines, usePainter } from "./lines.tsx";
import { PROMPT } from "./prompt.ts";
import { cut, piece, textWidth } from "./styled.ts";
import { paintOf } from "./theme.ts";

export interface PreludeProps {
  env(name: string): string | undefined;
  /** What was typed so far. */
  readonly typed: string;
}

export function Prelude({ env, typed }: PreludeProps): ReactElement {
  const painter = usePainter();
  const { columns, rows } = useWindowSize();
  const { header, input } = layoutOf({
    columns,
    rows,
    pane: "transcript",
    inputLines: 1,
    branches: 1,
  });
  const shown = cut(typed, columns - PROMPT.length - 1);
  useLayoutEffect(() => {
    painter.caret = { x: PROMPT.length + textWidth(shown), y: input.y };
    painter.draw(columns, rows, paintOf("auto", env));
  });
  return (
    <Box height={1}>
      <Lines name="header" rect={header} lines={[[piece(" kx ", "current")]]} />
      <Lines name="input" rect={input} lines={[[piece(PROMPT, "key"), piece(shown)]]} />
    </Box>
  );
}
