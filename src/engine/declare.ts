/** Machines, images and boots: from sentences to the plain values that the model takes. */
import { BOOT, CUT, DMA, imageShape, MACHINE } from "../check/mod.ts";
import { layOut, type PlacedRegion, REGION_WORDS } from "../check/mod.ts";
import { type MatchedClause, withExpectations } from "../check/mod.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { closest } from "../diagnostics/mod.ts";
import { firmwareMapOfIomem, importE820, type Imported, importIomem } from "../importers/mod.ts";
import {
  type AllocationPolicy,
  type BootRequest,
  bufferFromArgs,
  DEFAULT_POLICY,
  type Event,
  hexBytes,
  type ImageSpec,
  naturalSize,
  parseVersion,
  readRecipe,
  type SegmentSpec,
  type Slot,
  type World,
} from "../machine/mod.ts";
import type { FirmwareRegion, Resource } from "../memory/mod.ts";
import type { Pasted, Sentence } from "../syntax/mod.ts";
import type { SourceText, Span } from "../text/mod.ts";
import { argsOf, clauseOf, type Sources } from "./arguments.ts";
import { declarePurgatory } from "./declare_purgatory.ts";
import { dumpedSegments } from "./dumps.ts";
import { matched } from "./matched.ts";
import type { Environment, MachineSpec } from "./environment.ts";
import { complain, Complaint } from "./evaluate.ts";
import type { FileLoader } from "./files.ts";

/** `machine NAME { … }`. Imported maps and inline ranges may stand together. */
export function declareMachine(
  sentence: Sentence,
  around: Sources,
  text: SourceText,
  files: FileLoader,
): MachineSpec {
  const clause = matched(sentence, MACHINE);
  const name = String(argsOf(clause.args, around).name);
  const placed: PlacedRegion[] = [];
  const resources: Resource[] = [];
  let cpus = 1;
  let policy: AllocationPolicy = DEFAULT_POLICY;
  const take = (imported: ImportedMap, span: Span): void => {
    placed.push(...imported.regions.map((region) => ({ region, span })));
    resources.push(...imported.resources);
  };
  for (const inner of clause.clauses) {
    const { span } = inner.sentence;
    switch (inner.shape.head) {
      case "memory":
        if (inner.args.has("from")) {
          take(importFile(inner, text, files), span);
        } else placed.push(...inlineRegions(inner, around));
        break;
      case "cpus": {
        const count = argsOf(inner.args, around).count as bigint;
        if (count < 1n || count > 8192n) {
          complain("KX0305", span, `A machine has 1 to 8192 processors: ${count} given`);
        }
        cpus = Number(count);
        break;
      }
      case "arch":
        argsOf(inner.args, around);
        break;
      case "allocator": {
        const args = argsOf(inner.args, around);
        policy = {
          kind: args.policy as AllocationPolicy["kind"],
          seed: typeof args.seed === "bigint" ? args.seed : 0n,
        };
      }
    }
  }
  for (const pasted of clause.pasted) take(importPasted(pasted), pasted.span);
  const { regions, problems } = layOut(placed, sentence.words[0]!.span);
  if (problems.length > 0) throw new Complaint(problems[0]!);
  return { name, cpus, firmware: regions, resources, policy };
}

/** What a text was imported to: checking a script and running it read the same map. */
const imports = new WeakMap<SourceText, ImportedMap>();

interface ImportedMap {
  readonly regions: readonly FirmwareRegion[];
  readonly resources: readonly Resource[];
}

function inlineRegions(clause: MatchedClause, around: Sources): PlacedRegion[] {
  const args = argsOf(clause.args, around);
  const ranges = (args.ranges ?? []) as readonly { start: bigint; end: bigint }[];
  if (ranges.length === 0) {
    complain(
      "KX0203",
      clause.sentence.span,
      "`memory` needs one or more ranges",
      "Write `memory 0 .. 640KiB, 1MiB .. 3GiB`",
    );
  }
  const flag = Object.keys(REGION_WORDS).find((word) => args[word] === true) ?? "usable";
  const argument = clause.args.get("ranges");
  const spans = argument?.kind === "many" ? argument.expressions.map((e) => e.span) : [];
  return ranges.map(({ start, end }, i) => ({
    region: { range: { start: Number(start), end: Number(end) }, ...REGION_WORDS[flag]! },
    span: spans[i] ?? clause.sentence.span,
  }));
}

function importFile(
  clause: MatchedClause,
  text: SourceText,
  files: FileLoader,
): ImportedMap {
  const format = clause.args.has("iomem") ? "iomem" : "e820";
  const argument = clause.args.get(format);
  if (argument === undefined || argument.kind !== "one" || argument.expression.kind !== "string") {
    return complain(
      "KX0203",
      clause.sentence.span,
      "`memory from` needs a format and a file",
      'Write `memory from iomem "FILE"` or `memory from e820 "FILE"`',
    );
  }
  const { expression } = argument;
  const opened = files.text(expression.value, text);
  if (!opened.ok) return complain("KX0501", expression.span, opened.message, opened.hint);
  const known = imports.get(opened.value);
  if (known !== undefined) return known;
  const imported = importText(format, opened.value.text, (problem) =>
    complain(
      "KX0502",
      expression.span,
      `${JSON.stringify(expression.value)} line ${problem.line}: ${problem.message}`,
      problem.hint,
    ));
  imports.set(opened.value, imported);
  return imported;
}

function importPasted(pasted: Pasted): ImportedMap {
  return importText(
    pasted.format,
    pasted.text,
    (problem) => complain("KX0502", lineSpan(pasted, problem.line), problem.message, problem.hint),
  );
}

/** The problem's own line of a pasted block. */
function lineSpan(pasted: Pasted, line: number): Span {
  const lines = pasted.text.split("\n");
  const start = pasted.textSpan.start +
    lines.slice(0, Math.max(0, line - 1)).reduce((sum, l) => sum + l.length + 1, 0);
  const length = lines[line - 1]?.length ?? 0;
  return {
    source: pasted.span.source,
    start,
    end: Math.min(start + Math.max(1, length), pasted.span.end),
  };
}

function importText(
  format: "iomem" | "e820",
  text: string,
  fail: (problem: { line: number; message: string; hint?: string }) => never,
): ImportedMap {
  if (format === "e820") return { regions: unwrap(importE820(text), fail), resources: [] };
  const resources = unwrap(importIomem(text), fail);
  return { regions: firmwareMapOfIomem(resources), resources };
}

function unwrap<T>(
  imported: Imported<T>,
  fail: (problem: { line: number; message: string; hint?: string }) => never,
): T {
  return imported.ok ? imported.value : fail(imported.problem);
}

/** `image NAME : SLOT FLAG … { … }` */
export function declareImage(
  sentence: Sentence,
  around: Sources,
  worlds: readonly World[],
): ImageSpec {
  const clause = matched(sentence, imageShape(worlds));
  const flags = [...new Set(worlds.flatMap((world) => world.imageFlags.map(({ name }) => name)))];
  const args = argsOf(clause.args, around);
  const kind = clause.args.get("kind");
  const kinds = kind?.kind === "many" ? kind.expressions : [];
  let slot: Slot = "default";
  const chosen: string[] = [];
  for (const e of kinds) {
    const name = e.kind === "word" ? e.text : complain("KX0205", e.span, "Expected a word here");
    if (name === "default" || name === "crash") slot = name;
    else if (flags.includes(name)) chosen.push(name);
    else {
      const meant = closest(name, ["default", "crash", ...flags]);
      complain(
        "KX0202",
        e.span,
        `Unknown kind of image \`${name}\``,
        meant === undefined
          ? `Known: \`default\`, \`crash\`${flags.map((f) => `, \`${f}\``).join("")}`
          : `Did you mean \`${meant}\`?`,
      );
    }
  }
  const segments = clause.clauses.filter((c) =>
    c.shape.head === "segment" || c.shape.head === "map"
  )
    .map((c) => c.shape.head === "map" ? declareMap(c, around) : declareSegment(c, around));
  const dump = clause.clauses.find((c) => c.shape.head === "dump");
  if (dump !== undefined) segments.push(...dumpedSegments(dump, around));
  const entry = clause.clauses.find((c) => c.shape.head === "entry");
  const entryPoint = entry === undefined
    ? (segments.find((s) => s.buffer.pointer !== 0n) ?? segments[0])?.dest ?? 0n
    : argsOf(entry.args, around).address as bigint;
  const wanted = clause.clauses.find((c) => c.shape.head === "purgatory");
  const clauses = clause.clauses.filter((c) =>
    !["segment", "entry", "purgatory", "dump"].includes(c.shape.head)
  )
    .map((c) => ({ head: c.shape.head, args: argsOf(c.args, around) }));
  return {
    name: String(args.name),
    slot,
    flags: chosen,
    segments,
    entryPoint,
    ...(wanted === undefined
      ? {}
      : { purgatory: declarePurgatory(wanted, { slot, flags: chosen }, around) }),
    ...(clauses.length === 0 ? {} : { clauses }),
  };
}

/** A null pointer to no bytes. */
function declareMap(clause: MatchedClause, around: Sources): SegmentSpec {
  const { args } = clauseOf(clause, around);
  return {
    name: String(args.name),
    buffer: bufferFromArgs({ buf: "null" }, 0n),
    bufferSize: 0n,
    dest: args.at as bigint,
    destSize: args.size as bigint,
  };
}

function declareSegment(clause: MatchedClause, around: Sources): SegmentSpec {
  const { args } = clauseOf(clause, around);
  const { span } = clause.sentence;
  if (typeof args.hex === "string" && hexBytes(args.hex) === undefined) {
    complain("KX0405", span, "`hex` needs pairs of hex digits", 'Like `hex "90 90 c3"`');
  }
  const natural = naturalSize(args);
  const destSize = args.size as bigint | undefined ??
    (natural === undefined
      ? complain("KX0203", span, "`segment` needs `size`: its source has no size of its own")
      // A tool rounds up to pages; the kernel refuses what is not.
      : BigInt(Math.ceil(natural / 4096) * 4096));
  const bufferSize = args.buffer as bigint | undefined ??
    (natural === undefined ? destSize : BigInt(natural));
  return {
    name: String(args.name),
    buffer: bufferFromArgs(args, bufferSize),
    bufferSize,
    dest: args.at as bigint,
    destSize,
    ...(typeof args.runs_to === "bigint" ? { runsTo: args.runs_to } : {}),
  };
}

/** `boot WORLD VERSION on MACHINE { … }` */
export function bootOperation(
  sentence: Sentence,
  around: Sources,
  worlds: readonly World[],
  environment: Environment,
): { world: World; spec: MachineSpec; request: BootRequest; failsWith?: string } {
  const worldWord = sentence.words[1];
  const worldName = worldWord?.kind === "word" ? worldWord.text : undefined;
  const world = worlds.find((w) => w.name === worldName) ??
    complain(
      "KX0101",
      worldWord?.span ?? sentence.span,
      worldName === undefined ? "`boot` needs a system" : `Unknown system \`${worldName}\``,
      `Known: ${worlds.map((w) => `\`${w.name}\``).join(", ")}`,
    );
  const clause = matched(sentence, withExpectations({ ...BOOT, clauses: world.bootClauses }));
  const { args, clauses } = clauseOf(clause, around);
  const version = String(args.version);
  // A world may have releases with names: kernels of a patch series have no number.
  const known = world.versions.includes(version);
  if (!known && (world.versionsAreNames === true || parseVersion(version) === undefined)) {
    complain(
      "KX0207",
      sentence.words[2]!.span,
      `\`${version}\` is no release of ${world.title}`,
      world.versionsAreNames === true
        ? `Known: ${world.versions.map((v) => `\`${v}\``).join(", ")}`
        : `Like \`${world.versions.at(-1)}\``,
    );
  }
  const spec = environment.machines.get(String(args.on)) ??
    complain(
      "KX0101",
      sentence.span,
      `Unknown machine \`${args.on}\``,
      unknownMachineHint(String(args.on), environment),
    );
  const failsWith = args.fails === true ? "any" : args.fails as string | undefined;
  return {
    world,
    spec,
    request: { version, clauses },
    ...(failsWith === undefined ? {} : { failsWith }),
  };
}

function unknownMachineHint(name: string, environment: Environment): string {
  const meant = closest(name, environment.machines.keys());
  return meant === undefined
    ? "Declare it first: `machine NAME { … }`"
    : `Did you mean \`${meant}\`?`;
}

/** A device can write this much in one statement: its bytes become literal. */
const LONGEST_DMA = 1n << 24n;

/** After how many steps `cut after N steps` leaves its block. */
export function cutAfter(sentence: Sentence, around: Sources): number {
  const { args } = clauseOf(matched(sentence, CUT), around);
  const steps = args.after as bigint;
  const most = DEFAULT_LIMITS.steps;
  if (steps < 1n || steps > most) {
    complain("KX0401", sentence.span, `\`cut after\` takes 1 to ${most} steps`);
  }
  return Number(steps);
}

/** `dma at ADDRESS size SIZE SOURCE` */
export function dmaWrite(sentence: Sentence, around: Sources): Event {
  const { args } = clauseOf(matched(sentence, DMA), around);
  const natural = naturalSize(args);
  const length = args.size as bigint | undefined ??
    (natural === undefined
      ? complain("KX0203", sentence.span, "`dma` needs `size`: its source has no size of its own")
      : BigInt(natural));
  const at = args.at as bigint;
  if (length > LONGEST_DMA) complain("KX0401", sentence.span, "One `dma` writes at most 16 MiB");
  if (at + length > 1n << 52n) {
    complain("KX0302", sentence.span, "No machine has memory at or beyond 2^52");
  }
  const { recipe, label } = bufferFromArgs(args, length);
  const bytes = readRecipe(recipe, 0, Number(length));
  return { kind: "bytes-written", at: Number(at), bytes, what: `DMA of ${label}` };
}
