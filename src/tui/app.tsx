/**
 * The screen as a React tree: each box draws again only if what it shows has changed. All state is the
 * session's, but for what only a screen has: how far the console is scrolled, and what was just said.
 */
import {
  memo,
  type ReactElement,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { Box, useApp, useWindowSize } from "ink";
import type { Session, Store } from "../session/mod.ts";
import { wrapWords } from "../text/mod.ts";
import { headerLine } from "./chrome.ts";
import type { TerminalInput } from "./decode.ts";
import { inputArea, inputHeight } from "./input_lines.ts";
import { actionsFor, type ScreenAction } from "./keymap.ts";
import { type Layout, layoutOf, LEAST, type Placed } from "./layout.ts";
import { Lines, usePainter } from "./lines.tsx";
import { timelineBars } from "./panes/mod.ts";
import { type Scene, sceneOf } from "./scene.ts";
import { FOLLOWING } from "./scrolling.ts";
import { bottomLine, consoleBox, helpBox, paneBox } from "./screen.ts";
import { line } from "./styled.ts";
import { paintOf } from "./theme.ts";
import { wrongSoFar } from "./wrong.ts";

export interface AppProps {
  readonly store: Store;
  env(name: string): string | undefined;
  /** Gives every input to the one who listens; the result ends that. */
  listen(listener: (inputs: readonly TerminalInput[]) => void): () => void;
  /** Ctrl-Z. `handOver` gives the terminal away while the work lasts. */
  suspend(handOver: (work: () => Promise<void>) => Promise<void>): void;
}

/** Input may take this many rows before it scrolls. */
const MOST_INPUT = 12;

export function App(props: AppProps): ReactElement {
  const { store, env } = props;
  const painter = usePainter();
  const session = useSyncExternalStore(store.subscribe, () => store.session);
  const { columns, rows } = useWindowSize();
  const { exit } = useApp();
  const layout = useLayout(session, columns, rows);
  const { scroll, notice } = useKeys(props, layout);
  useEffect(() => store.dispatch({ kind: "resize", columns, rows }), [store, columns, rows]);
  useEffect(() => {
    if (session.ended) exit();
  }, [session.ended, exit]);
  useEffect(() => {
    // Who steps wants to see where: panes that were scrolled follow again.
    for (const pane of FOLLOWING) {
      if ((store.session.view.scroll[pane] ?? 0) > 0) {
        store.dispatch({ kind: "scroll-to", pane, line: 0 });
      }
    }
  }, [store, session.cursor]);
  // Effects of parts come before those of the whole: all of them are in the painter's hands now.
  useLayoutEffect(() => painter.draw(columns, rows, paintOf(session.view.theme, env)));
  return (
    <Box height={1}>
      {columns < LEAST.columns || rows < LEAST.rows
        ? <TooSmall columns={columns} rows={rows} />
        : (
          <>
            <Panes session={session} layout={layout} scroll={scroll} />
            <InputRows session={session} layout={layout} notice={notice} />
            <Help session={session} columns={columns} rows={rows} scroll={scroll} />
          </>
        )}
    </Box>
  );
}

function TooSmall(
  { columns, rows }: { readonly columns: number; readonly rows: number },
): ReactElement {
  const painter = usePainter();
  const text = `kx needs ${LEAST.columns}x${LEAST.rows}; this is ${columns}x${rows}`;
  useLayoutEffect(() => void (painter.caret = undefined));
  return (
    <Lines
      name="too-small"
      rect={{ x: 0, y: 0, width: columns, height: rows }}
      lines={wrapWords(text, columns).map((row) => line(row))}
    />
  );
}

/** The same object while nothing moves, so that no box is drawn for it. */
function useLayout(session: Session, columns: number, rows: number): Layout {
  const { pane } = session.view;
  const inputLines = inputHeight(session, MOST_INPUT);
  const branches = session.branches.length;
  const talks = session.tour !== undefined;
  return useMemo(
    () => layoutOf({ columns, rows, pane, inputLines, branches, talks }),
    [columns, rows, pane, inputLines, branches, talks],
  );
}

/** Listens to keys; gives back what only the screen knows. */
function useKeys(
  { store, listen, suspend }: AppProps,
  layout: Layout,
): { readonly scroll: number; readonly notice: string } {
  const [scroll, setScroll] = useState(0);
  const [notice, setNotice] = useState("");
  const painter = usePainter();
  const [, setDrawn] = useState(0);
  const { suspendTerminal } = useApp();
  const killed = useRef("");
  const last = useRef<string>("");
  const newest = useRef(0);
  const current = useRef(layout);
  current.current = layout;

  useEffect(() => {
    const perform = (wanted: ScreenAction): void => {
      switch (wanted.kind) {
        case "session": {
          const before = store.session.input;
          store.dispatch(wanted.action);
          if (wanted.action.kind === "delete") {
            killed.current = removed(before.text, store.session.input.text) || killed.current;
          }
          return;
        }
        case "scroll-console": {
          const { help, linear: _ } = store.session.view;
          const most = help === undefined ? messageLines(store.session) : help.length + 12;
          return setScroll((at) => Math.max(0, Math.min(most, at + wanted.by)));
        }
        case "yank":
          return store.dispatch({ kind: "insert", text: killed.current });
        case "repaint":
          painter.forget();
          return setDrawn((times) => times + 1);
        case "suspend":
          return suspend(async (work) => {
            await suspendTerminal(work);
            painter.forget();
            setDrawn((times) => times + 1);
          });
      }
    };
    const hear = (inputs: readonly TerminalInput[]): void => {
      for (const input of inputs) {
        const name = input.kind === "key" ? input.name : input.kind;
        const { input: line, running, view } = store.session;
        const isIdle = line.text === "" && line.search === undefined && running === undefined;
        if (name === "ctrl+c" && isIdle && view.help === undefined) {
          if (last.current === "ctrl+c") store.dispatch({ kind: "quit" });
          else setNotice("Ctrl-C once more, or Ctrl-D, leaves kx");
          last.current = name;
          continue;
        }
        last.current = name;
        setNotice("");
        actionsFor(input, store.session, current.current).forEach(perform);
      }
      // Something new was said: back to the end, where it stands. A page of help begins at its top.
      const state = store.session.nextMessage + (store.session.view.help === undefined ? 0 : 0.5);
      if (state !== newest.current) setScroll(0);
      newest.current = state;
    };
    return listen(hear);
  }, [store, listen, suspend, suspendTerminal, painter]);
  return { scroll, notice };
}

/** What one of two texts has more than the other. */
function removed(before: string, after: string): string {
  let start = 0;
  while (start < after.length && before[start] === after[start]) start++;
  return before.slice(start, start + before.length - after.length);
}

function messageLines({ messages }: Session): number {
  return messages.reduce((sum, { lines }) => sum + lines.length, 0);
}

interface PartProps {
  readonly session: Session;
  readonly layout: Layout;
}

function Panes({ session, layout, scroll }: PartProps & { readonly scroll: number }): ReactElement {
  const { branches, cursor, view, breakpoints, file, tour, unsaved } = session;
  // Not while a line is typed: panes know nothing of it.
  const scene = useMemo(
    () => sceneOf(session),
    [branches, cursor, view, breakpoints, file, tour, unsaved],
  );
  return (
    <>
      <Edges scene={scene} layout={layout} />
      {layout.boxes.map((box) =>
        box.pane === "console"
          ? <Console key="console" session={session} box={box} scroll={scroll} />
          : <PaneBox key={box.pane} scene={scene} box={box} focused={box.pane === view.pane} />
      )}
    </>
  );
}

interface EdgesProps {
  readonly scene: Scene;
  readonly layout: Layout;
}

const Edges = memo(
  function Edges({ scene, layout: { header, timeline } }: EdgesProps): ReactElement {
    return (
      <>
        <Lines name="header" rect={header} lines={[headerLine(scene, header.width)]} />
        <Lines
          name="timeline"
          rect={timeline}
          lines={timelineBars(scene.session, timeline.width, timeline.height)}
        />
      </>
    );
  },
);

interface PaneBoxProps {
  readonly scene: Scene;
  readonly box: Placed;
  readonly focused: boolean;
}

const PaneBox = memo(function PaneBox({ scene, box, focused }: PaneBoxProps): ReactElement {
  return <Lines name={box.pane} rect={box} lines={paneBox(scene, box, focused)} />;
});

function Console({ session, box, scroll }: {
  readonly session: Session;
  readonly box: Placed;
  readonly scroll: number;
}): ReactElement {
  const { messages, input: { completion }, view } = session;
  const said = view.help === undefined ? scroll : 0;
  const lines = useMemo(
    () => consoleBox(session, box, said),
    [messages, completion, box, said],
  );
  return <Lines name="console" rect={box} lines={lines} />;
}

function InputRows(
  { session, layout, notice }: PartProps & { readonly notice: string },
): ReactElement {
  const painter = usePainter();
  const { input, hints } = layout;
  const wrong = useMemo(() => wrongSoFar(session), [session.input.text, session.branches]);
  const area = inputArea(session, input.width, input.height, wrong);
  useLayoutEffect(() => {
    painter.caret = session.view.help === undefined
      ? { x: area.caret.x, y: input.y + area.caret.y }
      : undefined;
  });
  return (
    <>
      <Lines name="input" rect={input} lines={area.lines} />
      <Lines
        name="hints"
        rect={hints}
        lines={[bottomLine(session, notice, wrong?.message, hints.width)]}
      />
    </>
  );
}

function Help({ session, columns, rows, scroll }: {
  readonly session: Session;
  readonly columns: number;
  readonly rows: number;
  readonly scroll: number;
}): ReactElement | null {
  if (session.view.help === undefined) return null;
  const box = helpBox(session.view.help, columns, rows, scroll);
  return <Lines name="help" rect={box} lines={box.lines} above />;
}
