/** What an empty session says first: three things to try. */
export const GREETING: readonly string[] = [
  "kx: a laboratory for kexec. Three things to try:",
  "  :tour              a story step by step, with explanations",
  "  :open quickstart   will kdump work on this laptop? `:open` lists more",
  "  machine vm { memory 1MiB .. 512MiB }",
  "                     a machine of your own; then `boot linux 6.1 on vm`",
  "`:help` lists what else there is, Tab completes, `:quit` leaves.",
];

/** Said at the start where a session was killed, and wherever one more is found. */
export const LEFT_BEHIND =
  "A session ended before its time: `:recover` has it back, `:recover no` forgets it";
