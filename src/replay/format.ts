/**
 * Recordings, format 1: one JSON object in a line. Everything that comes from the file is unknown
 * until it was looked at here; what is not as it should be becomes a problem with its line number.
 */

/** Something in the text that cannot be used. The rest is still replayed. */
export interface Problem {
  /** 1-based; 0 for the text as a whole. */
  readonly line: number;
  readonly message: string;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

export interface RecordedMachine {
  readonly line: number;
  readonly id: string;
  readonly fields: JsonObject;
}

export interface RecordedCase {
  readonly line: number;
  readonly id: string;
  readonly machine: RecordedMachine;
  readonly ops: readonly JsonObject[];
  readonly observed: readonly JsonObject[];
  readonly images: readonly JsonObject[];
}

export interface Recording {
  readonly system: string;
  readonly about: string;
  readonly machines: readonly RecordedMachine[];
  readonly cases: readonly RecordedCase[];
  readonly problems: readonly Problem[];
}

const FORMAT = 1;

export function parseRecording(text: string): Recording {
  const problems: Problem[] = [];
  const machines = new Map<string, RecordedMachine>();
  const cases: RecordedCase[] = [];
  let header: JsonObject | undefined;
  for (const [i, source] of text.split("\n").entries()) {
    const line = i + 1;
    if (source.trim() === "") continue;
    const complain = (message: string) => void problems.push({ line, message });
    const value = parseLine(source, complain);
    if (value === undefined) continue;
    switch (value.kind) {
      case "recording":
        header ??= value;
        if (value.format !== FORMAT) {
          complain(`format ${show(value.format)} is not known; ${FORMAT} is`);
        }
        break;
      case "machine": {
        if (typeof value.id !== "string") complain("a machine has no `id`");
        else machines.set(value.id, { line, id: value.id, fields: value });
        break;
      }
      case "case": {
        const recorded = caseOf(value, line, header, machines, complain);
        if (recorded !== undefined) cases.push(recorded);
        break;
      }
      default:
        complain(`lines of kind ${show(value.kind)} are not known`);
    }
  }
  if (header === undefined) {
    problems.unshift({ line: 0, message: "there is no line of kind `recording`" });
  }
  return {
    system: typeof header?.system === "string" ? header.system : "",
    about: typeof header?.about === "string" ? header.about : "",
    machines: [...machines.values()],
    cases,
    problems,
  };
}

function parseLine(source: string, complain: (message: string) => void): JsonObject | undefined {
  try {
    const value = JSON.parse(quoteLargeNumbers(source)) as JsonValue;
    if (isObject(value)) return value;
    complain("a line holds no JSON object");
  } catch (error) {
    complain(`no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

/** A number of 64 bits is no number of JavaScript: it goes on as text. Texts are stepped over. */
function quoteLargeNumbers(source: string): string {
  return source.replace(
    /"(?:[^"\\]|\\.)*"|-?\d{16,}/g,
    (token) => token.startsWith('"') ? token : `"${token}"`,
  );
}

function caseOf(
  value: JsonObject,
  line: number,
  header: JsonObject | undefined,
  machines: ReadonlyMap<string, RecordedMachine>,
  complain: (message: string) => void,
): RecordedCase | undefined {
  const { id, ops, observed } = value;
  // A recording without machines tells of each case where it ran: the header has what they share.
  const own = value.machine === undefined && header?.release !== undefined;
  const machine = own
    ? { line, id: String(header.release), fields: header }
    : machines.get(String(value.machine));
  if (typeof id !== "string") return void complain("a case has no `id`");
  if (machine === undefined) {
    return void complain(
      `case ${id} runs on ${show(value.machine)}, which no line before describes`,
    );
  }
  if (!isObjects(ops) || !isObjects(observed)) {
    return void complain(`case ${id} has no lists \`ops\` and \`observed\``);
  }
  if (own ? observed.length > ops.length : ops.length !== observed.length) {
    return void complain(
      `case ${id} has ${ops.length} operations and ${observed.length} observations`,
    );
  }
  const images = value.images ?? [];
  if (!isObjects(images)) return void complain(`case ${id}: \`images\` is no list of objects`);
  return { line, id, machine, ops, observed, images };
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isObjects(value: JsonValue | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isObject);
}

export function show(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** A number as recordings write it: `"0x1000"`, `"4096"` or 4096. Undefined if it is none. */
export function integerOf(value: JsonValue | undefined): bigint | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^(0x[0-9a-fA-F]+|\d+)$/.test(value)) return BigInt(value);
  return undefined;
}

/** `["0x1000", "0x2000"]`, half-open. */
export function rangeOf(value: JsonValue | undefined): { start: bigint; end: bigint } | undefined {
  if (!Array.isArray(value) || value.length < 2) return undefined;
  const start = integerOf(value[0]);
  const end = integerOf(value[1]);
  return start === undefined || end === undefined ? undefined : { start, end };
}
