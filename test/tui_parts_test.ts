/** Parts of the screen by themselves: scale of the map, pieces of lines, what the painter writes. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PAGE_SIZE } from "../src/memory/mod.ts";
import { displayWidth } from "../src/text/mod.ts";
import { Painter } from "../src/tui/painter.ts";
import { meetsRuns } from "../src/tui/panes/map_cells.ts";
import { scaleOf, viewOf } from "../src/tui/panes/map_scale.ts";
import { fit, line, lineWidth, piece, plainText, slice } from "../src/tui/styled.ts";
import { depthOf, groundOf, paintOf } from "../src/tui/theme.ts";

const GIB = 2 ** 30;

test("the map is as fine as fits, and all of what exists is in it", () => {
  const present = [{ start: 0, end: 640 * 1024 }, { start: 2 ** 20, end: 3 * GIB }, {
    start: 4 * GIB,
    end: 5 * GIB,
  }];
  const scale = scaleOf(present, { start: 0, end: 5 * GIB }, 48, 20);
  ok(scale.rows.length <= 20);
  equal(scale.cells, 48);
  const rowBytes = scale.cells * scale.cellBytes;
  for (const { start, end } of present) {
    for (const at of [start, Math.floor((start + end) / 2), end - 1]) {
      ok(
        scale.rows.some((row) =>
          row.kind === "cells" && row.start <= at && at < row.start + rowBytes
        ),
        `${at} is drawn`,
      );
    }
  }
  // One step finer would not fit.
  ok(5 * GIB - GIB > 20 * (rowBytes / 2) - 2 * rowBytes);
});

test("a map of 64 TiB takes as many rows as one of 1 GiB may", () => {
  const huge = scaleOf([{ start: 0, end: 2 ** 46 }], { start: 0, end: 2 ** 46 }, 64, 12);
  ok(huge.rows.length <= 12);
  const far = scaleOf(
    [{ start: 0, end: GIB }, { start: 2 ** 45, end: 2 ** 45 + GIB }],
    { start: 0, end: 2 ** 46 },
    64,
    12,
  );
  ok(far.rows.some(({ kind }) => kind === "gap"), "what is far apart has a gap between");
  ok(far.cellBytes < huge.cellBytes, "a gap takes no room");
});

test("zooming looks at less, around the address, inside the machine", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 20 }),
      fc.nat(60),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (pages, zoom, part) => {
        const top = pages * 64 * PAGE_SIZE;
        const view = viewOf(top, zoom, Math.floor(top * part));
        ok(view.start >= 0 && view.end <= top + PAGE_SIZE && view.end > view.start);
        equal(view.start % PAGE_SIZE, 0);
      },
    ),
    { seed: 7 },
  );
});

test("runs are met where any frame is in them", () => {
  const runs = [2, 4, 10, 11, 20, 30];
  for (let start = 0; start < 32; start++) {
    for (let end = start + 1; end < 33; end++) {
      let met = false;
      for (let i = 0; i < runs.length; i += 2) met ||= runs[i]! < end && runs[i + 1]! > start;
      equal(meetsRuns(runs, start, end), met, `${start} .. ${end}`);
    }
  }
});

const TEXTS = fc.array(
  fc.constantFrom("a", "wide 日本", "😀", "─", "…", "é", "long text here", "\x1b[31m", "\t"),
);

test("a fitted line has its width, whatever is in it", () => {
  fc.assert(
    fc.property(TEXTS, fc.integer({ min: 1, max: 40 }), (texts, width) => {
      const fitted = fit(texts.map((text) => piece(text)), width);
      equal(lineWidth(fitted), width);
      equal(displayWidth(fitted.map(({ text }) => text).join("")), width);
      // deno-lint-ignore no-control-regex
      ok(!/[\x00-\x1f]/.test(plainText(fitted)));
    }),
    { seed: 8, numRuns: 400 },
  );
});

test("slices of a line, side by side, are as wide as the line", () => {
  fc.assert(
    fc.property(TEXTS, fc.nat(30), (texts, at) => {
      const whole = fit(texts.map((text) => piece(text)), 30);
      equal(lineWidth(slice(whole, 0, at)) + lineWidth(slice(whole, at, 30)), 30);
    }),
    { seed: 9, numRuns: 300 },
  );
});

test("the painter writes what differs, and lays what is above over the rest", () => {
  const written: string[] = [];
  const painter = new Painter((text) => written.push(text));
  const paint = paintOf("none", () => undefined);
  const left = { x: 0, y: 0, width: 6, height: 2 };
  painter.put("left", { rect: left, lines: [line("one"), line("two")] });
  painter.put("right", { rect: { ...left, x: 6, width: 4 }, lines: [line("RRRR"), line("SSSS")] });
  painter.draw(10, 3, paint);
  equal(painter.text, "one   RRRR\ntwo   SSSS\n");
  painter.put("left", { rect: left, lines: [line("one"), line("TWO")] });
  painter.draw(10, 3, paint);
  equal(written.length, 2);
  ok(written[1]!.includes("\x1b[2;1HTWO") && !written[1]!.includes("one"), written[1]);
  painter.draw(10, 3, paint);
  equal(written.length, 2);
  const over = { x: 4, y: 1, width: 4, height: 1 };
  painter.put("over", { rect: over, lines: [line("####")], above: true });
  painter.draw(10, 3, paint);
  equal(painter.text, "one   RRRR\nTWO ####SS\n");
  painter.put("over", undefined);
  painter.draw(10, 3, paint);
  equal(painter.text, "one   RRRR\nTWO   SSSS\n");
});

test("what follows a picture of several characters stands where it should, however it was drawn", () => {
  const paint = paintOf("none", () => undefined);
  equal(
    paint.line([piece("a \u{1f469}\u200d\u{1f467} b")]),
    "a     \x1b[4D\x1b7\u{1f469}\u200d\u{1f467}\x1b8\x1b[4C b",
  );
  equal(paint.line([piece("日本 é ⚠ ✓")]), "日本 é ⚠ ✓");
});

test("as many colours as the terminal has, and none where none is wanted", () => {
  const env = (values: Readonly<Record<string, string>>) => (name: string) => values[name];
  const terminals: readonly Readonly<Record<string, string>>[] = [
    { NO_COLOR: "1" },
    { TERM: "xterm" },
    { TERM: "xterm-256color" },
    { COLORTERM: "truecolor" },
  ];
  equal(depthOf(env({ TERM: "xterm-256color" })), "256");
  equal(depthOf(env({ TERM: "xterm", COLORTERM: "truecolor" })), "true");
  equal(depthOf(env({ TERM: "xterm" })), "16");
  equal(depthOf(env({ TERM: "xterm-256color", NO_COLOR: "1" })), "none");
  equal(depthOf(env({ TERM: "xterm-256color", NO_COLOR: "" })), "256");
  equal(groundOf(env({ COLORFGBG: "0;15" })), "light");
  equal(groundOf(env({ COLORFGBG: "15;0" })), "dark");
  const bad = [piece("x", "bad")];
  deepEqual(
    terminals.map((values) => paintOf("dark", env(values)).line(bad)),
    [
      "\x1b[1mx\x1b[0m",
      "\x1b[1;31mx\x1b[0m",
      "\x1b[1;38;5;209mx\x1b[0m",
      "\x1b[1;38;2;255;123;114mx\x1b[0m",
    ],
  );
});
