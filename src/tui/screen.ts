/** Parts of the screen as lines, from a session: what Ink is given to draw. Pure. */
import type { Session } from "../session/mod.ts";
import { wrapWords } from "../text/mod.ts";
import { boxed, inner } from "./box.ts";
import { type Hint, hintLine, noticeLine, progressLine } from "./chrome.ts";
import { consoleLines, linesAbove } from "./console.ts";
import { completionLines } from "./input_lines.ts";
import { SCREEN_KEYS } from "./keymap.ts";
import type { Placed } from "./layout.ts";
import { drawOther, otherTitle, PANE_VIEWS } from "./panes/mod.ts";
import type { Scene } from "./scene.ts";
import { fitBlock, line, piece, type StyledLine } from "./styled.ts";
import { keyOf, titleOf } from "./titles.ts";

export function paneBox(scene: Scene, box: Placed, focused: boolean): StyledLine[] {
  const { width, height } = box;
  const room = inner(width, height);
  if (box.pane === "console") return [];
  if (box.pane === "other") {
    const frame = { title: otherTitle(scene.session), about: "", focused: false };
    return boxed(drawOther(scene, room.width, room.height), frame, width, height);
  }
  const view = PANE_VIEWS[box.pane];
  const scroll = scene.session.view.scroll[box.pane] ?? 0;
  return boxed(
    view.draw(scene, room.width, room.height, scroll),
    {
      title: titleOf(box.pane),
      about: view.about?.(scene) ?? "",
      key: keyOf(box.pane),
      focused,
    },
    width,
    height,
  );
}

/** What was said, completions laid over its end. */
export function consoleBox(session: Session, box: Placed, scroll: number): StyledLine[] {
  const { width, height } = box;
  const room = inner(width, height);
  const lines = consoleLines(session, room.width, room.height, scroll);
  while (lines.length < room.height) lines.push([]);
  const popup = completionLines(session, room.width, Math.min(8, room.height));
  if (popup.length > 0) lines.splice(room.height - popup.length, popup.length, ...popup);
  const above = scroll > 0 ? 0 : linesAbove(session, room.width, room.height);
  const about = scroll > 0
    ? `${scroll} lines back`
    : above > 0
    ? `↑ ${above} line${above === 1 ? "" : "s"}: Shift-PgUp`
    : "";
  return boxed(lines, { title: "session", about, focused: scroll > 0 }, width, height);
}

/** Those that a newcomer needs come first: a narrow screen has room for half of them. */
const HINTS: readonly Hint[] = [
  { key: "←→", does: "step" },
  { key: "F8", does: "over" },
  { key: "F10", does: "next" },
  { key: "F5", does: "go on" },
  { key: "Alt-1…9", does: "panes" },
  { key: "Tab", does: "complete" },
  { key: "?", does: "help" },
  { key: "^D", does: "leave" },
  { key: "PgUp/Dn", does: "scroll" },
  { key: "Alt ±", does: "zoom" },
  { key: "^R", does: "search" },
];

const TOUR_HINT: Hint = { key: "Enter", does: "goes on" };

const HINTS_TYPING: readonly Hint[] = [
  { key: "Enter", does: "run" },
  { key: "Alt-Enter", does: "another line" },
  { key: "Tab", does: "complete" },
  { key: "^C", does: "clear" },
  { key: "^W ^U ^K ^Y", does: "delete, put back" },
  { key: "F1", does: "help" },
];

const HINTS_SEARCH: readonly Hint[] = [
  { key: "type", does: "what to look for" },
  { key: "^R", does: "older" },
  { key: "^S", does: "newer" },
  { key: "Enter", does: "take it" },
  { key: "Esc", does: "leave" },
];

/** The bottom line: what runs, what is wrong, what was said once, or which keys there are. */
export function bottomLine(
  session: Session,
  notice: string,
  wrong: string | undefined,
  width: number,
): StyledLine {
  const running = progressLine(session, width);
  if (running !== undefined) return running;
  if (notice !== "") return noticeLine(notice, "warn");
  if (wrong !== undefined) return noticeLine(wrong, "bad");
  if (session.view.help !== undefined) {
    return hintLine(
      [{ key: "↑↓", does: "scroll" }, { key: "any other key", does: "close" }],
      width,
    );
  }
  if (session.input.search !== undefined) return hintLine(HINTS_SEARCH, width);
  const hints = session.input.text === "" ? HINTS : HINTS_TYPING;
  return hintLine(
    session.tour === undefined || hints === HINTS_TYPING ? hints : [TOUR_HINT, ...hints],
    width,
  );
}

/** The page that lies over everything, as high as it needs. */
export function helpBox(
  lines: readonly string[],
  columns: number,
  rows: number,
  scroll: number,
): {
  readonly lines: StyledLine[];
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly width: number;
} {
  const width = Math.min(columns, 96);
  const screen = lines.length > 12
    ? [
      [],
      line("Keys of the screen", "title"),
      ...SCREEN_KEYS.map(([keys, does]): StyledLine => [
        piece(`  ${keys.padEnd(30)}`, "key"),
        piece(does),
      ]),
    ]
    : [];
  const all: StyledLine[] = [...lines.flatMap((text) => helpLines(text, width - 4)), ...screen];
  const height = Math.min(rows - 2, all.length + 2);
  const room = inner(width, height);
  const first = Math.max(0, Math.min(scroll, all.length - room.height));
  const about = all.length > room.height
    ? `${first + 1}–${first + room.height} of ${all.length}`
    : "";
  return {
    lines: boxed(
      fitBlock(all.slice(first, first + room.height), room.width, room.height),
      { title: "help", about, focused: true },
      width,
      height,
    ),
    x: Math.floor((columns - width) / 2),
    y: 1 + Math.max(0, Math.floor((rows - 2 - height) / 2)),
    width,
    height,
  };
}

/** Where the explanations of a help page begin. */
const HELP_COLUMN = 26;

function helpLines(text: string, width: number): StyledLine[] {
  if (/^\S/.test(text) && !/[.:]$/.test(text) && text.length < 24) return [line(text, "title")];
  const parts = /^( {2}\S.*? {2,}|\s{8,})(\S.*)$/.exec(text);
  const head = parts?.[1] ?? "";
  if (parts === null || head.length > HELP_COLUMN) {
    return wrapWords(text.trimStart(), width - 2).map((row) =>
      line(`${/^\s*/.exec(text)![0]}${row}`, text.startsWith("  ") ? "key" : "plain")
    );
  }
  return wrapWords(parts[2]!, width - head.length).map((row, i) => [
    piece(i === 0 ? head : " ".repeat(head.length), "key"),
    piece(row),
  ]);
}
