/** Which words mean something at the cursor: gathered from the shapes that the checks use. */
import {
  BOOT,
  CORE_HEADS,
  CUT,
  DMA,
  DUMP,
  IMAGE,
  KEYWORDS,
  MACHINE,
  PART_WORDS,
} from "../check/mod.ts";
import { COMMON_QUERIES, ENGINE_QUERIES, FUNCTIONS, SHOW_TOPICS } from "../engine/mod.ts";
import type { ClauseShape, QueryShape, World } from "../machine/mod.ts";
import type { Words } from "./highlight.ts";
import type { SessionModel } from "./session.ts";

/** Operations and questions of the world that runs, or of all while none does. */
export function worldsAt(model: SessionModel, world: World | undefined): readonly World[] {
  return world === undefined ? model.worlds : [world];
}

export function queriesOf(worlds: readonly World[]): readonly QueryShape[] {
  return [...COMMON_QUERIES, ...ENGINE_QUERIES, ...worlds.flatMap((w) => w.queries)];
}

const CACHE = new WeakMap<SessionModel, Words>();

/** For `highlight`: the same for the whole session. */
export function wordsOf(model: SessionModel): Words {
  const known = CACHE.get(model);
  if (known !== undefined) return known;
  const shapes = [
    MACHINE,
    IMAGE,
    DMA,
    DUMP,
    CUT,
    { ...BOOT, clauses: model.worlds.flatMap((w) => w.bootClauses) },
    ...model.worlds.flatMap((w) => w.operations),
  ];
  const labels = new Set<string>();
  const heads = new Set<string>();
  const visit = (shape: ClauseShape, inside: boolean): void => {
    if (inside) heads.add(shape.head);
    for (const param of [...(shape.positional ?? []), ...(shape.labels ?? [])]) {
      for (const choice of param.choices ?? []) labels.add(choice);
    }
    for (const param of shape.labels ?? []) labels.add(param.name);
    for (const clause of shape.clauses ?? []) visit(clause, true);
  };
  for (const shape of shapes) visit(shape, false);
  for (const query of [...queriesOf(model.worlds), ...SHOW_TOPICS]) {
    for (const item of query.pattern) {
      if (typeof item === "string") labels.add(item);
      else for (const choice of item.choices ?? []) labels.add(choice);
    }
  }
  const asks = new Set<string>([...PART_WORDS, ...FUNCTIONS]);
  for (const { pattern } of [...queriesOf(model.worlds), ...SHOW_TOPICS]) {
    if (typeof pattern[0] === "string") asks.add(pattern[0]);
  }
  const words: Words = {
    asks,
    keywords: new Set([...CORE_HEADS, ...KEYWORDS, ...heads]),
    operations: new Set(model.worlds.flatMap((w) => w.operations.map((o) => o.head))),
    labels,
  };
  CACHE.set(model, words);
  return words;
}

/** First words of statements. */
export function headsOf({ worlds }: SessionModel): readonly string[] {
  return [...CORE_HEADS, ...KEYWORDS, ...worlds.flatMap((w) => w.operations.map((o) => o.head))];
}

/** Every hazard that can be found: those of worlds, and laws whose breach is one. */
export function hazardsOf(
  { worlds, invariants }: SessionModel,
): readonly { readonly code: string; readonly title: string }[] {
  return [
    ...worlds.flatMap((w) => w.hazards),
    ...invariants.filter(({ nature }) => nature === "hazard"),
  ];
}

/** Errnos that a script is likely to name. */
export const ERRNOS: readonly string[] = [
  "EACCES",
  "EADDRNOTAVAIL",
  "EBADF",
  "EBADMSG",
  "EBUSY",
  "EEXIST",
  "EFAULT",
  "EINTR",
  "EINVAL",
  "EIO",
  "EKEYREJECTED",
  "ENODATA",
  "ENODEV",
  "ENOENT",
  "ENOEXEC",
  "ENOMEM",
  "ENOSYS",
  "EOPNOTSUPP",
  "EOVERFLOW",
  "EPERM",
];
