/** Which names a text has declared where it stands; scopes nest as blocks do. */
import type { Expression, Word } from "../syntax/mod.ts";
import type { Span } from "../text/mod.ts";
import type { Report } from "./match.ts";

/** Where a name was declared whose text is not at hand. */
const ELSEWHERE: Span = { source: -1, start: 0, end: 0 };

export type NameKind = "variable" | "def" | "machine" | "image" | "program";

export class Names {
  readonly #declared = new Map<string, Span>();
  readonly #outer: Names | undefined;

  constructor(outer?: Names) {
    this.#outer = outer;
  }

  inner(): Names {
    return new Names(this);
  }

  /** With `report`, a second declaration in the same block is an error; `let` may rebind. */
  declare(kind: NameKind, word: Word, report?: Report): void {
    const key = `${kind} ${word.text}`;
    const earlier = this.#declared.get(key);
    if (earlier !== undefined && report !== undefined) {
      report({
        code: "KX0102",
        severity: "error",
        message: `\`${word.text}\` is declared twice`,
        span: word.span,
        label: "declared again here",
        labels: [{ span: earlier, text: "declared first here" }],
      });
      return;
    }
    this.#declared.set(key, word.span);
  }

  /** The same for a name that is a word of a sentence, if it is there at all. */
  declareName(kind: NameKind, e: Expression | undefined, report: Report): void {
    if (e?.kind === "word") this.declare(kind, e, report);
  }

  /** A name from an earlier text of the same session. */
  know(kind: NameKind, name: string): void {
    this.#declared.set(`${kind} ${name}`, ELSEWHERE);
  }

  find(kind: NameKind, name: string): Span | undefined {
    return this.#declared.get(`${kind} ${name}`) ?? this.#outer?.find(kind, name);
  }

  all(kind: NameKind): string[] {
    const own = [...this.#declared.keys()].filter((key) => key.startsWith(`${kind} `))
      .map((key) => key.slice(kind.length + 1));
    return [...own, ...(this.#outer?.all(kind) ?? [])];
  }
}
