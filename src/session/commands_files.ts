/** `:` commands about files, the tour and the session itself. */
import { scriptText } from "./answers.ts";
import { closest } from "../diagnostics/mod.ts";
import { problem, type SessionCommand } from "./command.ts";
import { branchOf, type Session, THEMES } from "./session.ts";

const group = "Files";

export const FILES: readonly SessionCommand[] = [
  {
    name: "load",
    args: "FILE",
    summary: "run a script in place of everything so far",
    group,
    completes: "file",
    run: (_, args) =>
      args.trim() === ""
        ? problem("`:load` needs a file", "`:open` lists the examples")
        : { actions: [{ kind: "load", path: unquoted(args) }] },
  },
  {
    name: "reload",
    summary: "read the file again, stay at the same place, and run branches again",
    group,
    completes: "nothing",
    run: ({ path, file }) =>
      path === undefined || file === undefined
        ? problem("No file is open", "`:load FILE` opens one")
        : { actions: [{ kind: "load", path, shown: file, keep: true }] },
  },
  {
    name: "save",
    args: "FILE [over]",
    summary: "write this branch as a script that runs by itself; `over` replaces a file",
    group,
    completes: "file",
    run: (session, args) => {
      if (args.trim() === "") return problem("`:save` needs a file", "`:save story.kx`");
      const text = scriptText(branchOf(session));
      if (text === "") return problem("There is nothing to save yet");
      const path = unquoted(args.replace(/\s+over$/, ""));
      const replace = /\sover$/.test(args) || path === session.file || path === session.saved;
      const remarks = filesRemark(session, path, text);
      return { actions: [{ kind: "save", path, text, replace, remarks }] };
    },
  },
  {
    name: "open",
    args: "[EXAMPLE]",
    summary: "an example; without a name, the list of them",
    group,
    completes: "example",
    run: (_, args) => ({ actions: [{ kind: "open", name: args.trim() }] }),
  },
  {
    name: "recover",
    args: "[no]",
    summary: "type again what a killed session had; `:recover no` forgets it",
    group,
    completes: "nothing",
    run: (_, args) => ({ actions: [{ kind: "recover", wanted: args.trim() !== "no" }] }),
  },
  {
    name: "quit",
    also: ["q", "exit"],
    summary: "leave",
    group,
    completes: "nothing",
    keys: ["ctrl+d"],
    atOnce: true,
    run: () => ({ actions: [{ kind: "quit" }] }),
  },
  {
    name: "tour",
    args: "[next | end]",
    summary: "a story step by step, with explanations",
    group: "Help",
    completes: "tour",
    run: (session, args) => {
      const word = args.trim();
      if (word === "end" || word === "next") {
        return session.tour === undefined
          ? problem("No tour is under way", "`:tour` begins one")
          : { actions: [{ kind: "tour", to: word }] };
      }
      return word === ""
        ? { actions: [{ kind: "tour", to: "begin" }] }
        : problem(`\`${word}\` is no part of the tour`, "`:tour`, `:tour next`, `:tour end`");
    },
  },
  {
    name: "theme",
    args: THEMES.join(" | "),
    summary: "colours for a dark or a light background, or none",
    group: "Help",
    completes: "theme",
    atOnce: true,
    run: (session, args) => {
      const word = args.trim();
      if (word === "") {
        return { lines: [`The theme is ${session.view.theme}: ${THEMES.join(", ")}`] };
      }
      const theme = THEMES.find((t) => t === word);
      if (theme !== undefined) {
        return { actions: [{ kind: "theme", theme }], lines: [`The theme is ${theme}`] };
      }
      const meant = closest(word, THEMES);
      return problem(
        `There is no theme \`${word}\``,
        meant === undefined ? `Themes: ${THEMES.join(", ")}` : `Did you mean \`${meant}\`?`,
      );
    },
  },
];

/** A script finds the files that it names beside itself, and one saved elsewhere does not. */
function filesRemark({ path, file }: Session, target: string, text: string): readonly string[] {
  const folder = (of: string): string => of.slice(0, of.lastIndexOf("/") + 1);
  const names = /\b(?:file|iomem|e820|use|elf)\s+"/.test(text);
  return !names || path === undefined || folder(path) === folder(target)
    ? []
    : [`It names files that lie beside \`${file}\`: it runs only there`];
}

/** A file name may stand in quotes, as in a script. */
function unquoted(args: string): string {
  return args.trim().replace(/^"(.*)"$/, "$1");
}
