/** What stands before what is typed: its first line, and those after it. */
export const PROMPT = "kx> ";
export const MORE = "... ";
