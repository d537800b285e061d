/**
 * How much a text may ask of the parser and of those who walk its tree. Every walk of a tree may
 * then be a plain recursion: no tree is higher than these limits together, and that fits a stack.
 */

/** Length of one text in UTF-16 units: 16 MiB. */
export const MAX_TEXT = 16 * 1024 * 1024;

/** Braces, parentheses and square brackets open at one place. */
export const MAX_NESTING = 200;

/** Operators, calls and parentheses on one path from a statement down to a leaf. */
export const MAX_HEIGHT = 1000;

/** Links of one `if … else if … else if …`. */
export const MAX_ELSE_IFS = 200;

/** Characters of one number: far more than any address has, few enough to convert at once. */
export const MAX_NUMBER = 128;

/** Diagnostics of one text; a file that is no kx text at all would list each of its lines. */
export const MAX_DIAGNOSTICS = 100;
