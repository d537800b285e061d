/**
 * Which files a script may read: those below its own folder and below the folders that the user
 * named with `--allow`, links resolved. A script may come from anywhere, so it must not be able to
 * print a private file, nor to find out which files exist elsewhere: what lies outside by the
 * letters of its path is refused before the disk is touched.
 */
import { closest } from "../diagnostics/mod.ts";
import type { FileLoader, FileProblem, Opened } from "../engine/mod.ts";
import type { FileBytes } from "../machine/mod.ts";
import { printable, SourceText } from "../text/mod.ts";
import { decodeText } from "./decode.ts";
import { causeOf, describeCause, type Host, isSystemError } from "./host.ts";
import { folderOf, isAbsolute, isBelow, nameOf, normalize, resolvePath } from "./paths.ts";
import { LazyFile, readWhole } from "./read.ts";

/** A text longer than this is no script and no memory map. */
export const LONGEST_TEXT = 64 * 1024 * 1024;

/** A folder in both spellings: as its path says, and with all links followed. */
interface Root {
  readonly path: string;
  readonly real: string;
}

/** Where a text lies: `folder` is absolute, `shown` is its name for people. */
interface Place {
  readonly folder: string;
  readonly shown: string;
}

type Problem = { readonly ok: false } & FileProblem;

/** The files of one script. Its own folder is known once `script` or `input` opened it. */
export class ScriptFiles implements FileLoader {
  readonly #host: Host;
  readonly #roots: Root[];
  readonly #places = new WeakMap<SourceText, Place>();
  /** By real path, so that one file is one text however it is written. */
  readonly #texts = new Map<string, SourceText>();
  readonly #byId: SourceText[] = [];

  /** `allow` are folders that exist. */
  constructor(host: Host, allow: readonly string[] = []) {
    this.#host = host;
    this.#roots = allow.map((folder) => this.#root(folder));
  }

  /** Every text read so far; a span's `source` is an index into it. */
  get sources(): readonly SourceText[] {
    return this.#byId;
  }

  /**
   * The script itself: a path of the user, who may name any file. `shown` is what diagnostics
   * call it.
   */
  script(path: string, shown = path): Opened<SourceText> {
    // A session may open it again after somebody changed it, or what it uses.
    this.#texts.clear();
    const absolute = resolvePath(this.#host.cwd(), path);
    return this.#guard(path, absolute, () => {
      const real = this.#host.realPath(absolute);
      // Beside the link, if it is one: that is where its user sees it.
      this.#roots.push(this.#root(folderOf(absolute)));
      return this.#read(real, absolute, shown);
    });
  }

  /** A script that comes through standard input: its folder is the current one. */
  input(): Opened<SourceText> {
    const bytes = this.#host.readInput(LONGEST_TEXT);
    if (bytes.length > LONGEST_TEXT) return tooLong("standard input");
    const decoded = decodeText(bytes, "standard input");
    if (!decoded.ok) return decoded;
    const folder = this.#host.cwd();
    this.#roots.push(this.#root(folder));
    return { ok: true, value: this.#remember("stdin", decoded.value, { folder, shown: "." }) };
  }

  /** Where a text lies, absolute; undefined for one that came from elsewhere. */
  folderOf(text: SourceText): string | undefined {
    return this.#places.get(text)?.folder;
  }

  /** A text that was typed. It lies where `beside` does, or else in the current folder. */
  typed(name: string, text: string, beside?: SourceText): SourceText {
    const place = beside === undefined ? undefined : this.#places.get(beside);
    if (place !== undefined) return this.#remember(name, text, place);
    const folder = this.#host.cwd();
    if (!this.#roots.some(({ path }) => path === folder)) this.#roots.push(this.#root(folder));
    return this.#remember(name, text, { folder, shown: "." });
  }

  text(path: string, from: SourceText): Opened<SourceText> {
    return this.#reach(path, from, (real, absolute, shown) => {
      const known = this.#texts.get(real);
      return known === undefined ? this.#read(real, absolute, shown) : { ok: true, value: known };
    });
  }

  bytes(path: string, from: SourceText): Opened<FileBytes> {
    return this.#reach(path, from, (real) => {
      const { kind, size } = this.#host.status(real);
      if (kind !== "file") return notAFile(path, kind);
      // Opened once now, so that a file that may not be read is told where the script names it.
      this.#host.open(real).close();
      return { ok: true, value: new LazyFile(this.#host, real, printable(path), size) };
    });
  }

  /** Finds what a script means by `path`, and refuses what it must not have. */
  #reach<T>(
    path: string,
    from: SourceText,
    open: (real: string, absolute: string, shown: string) => Opened<T>,
  ): Opened<T> {
    if (path === "" || path.includes("\0")) {
      return { ok: false, message: `\`${printable(path)}\` is no file name` };
    }
    const place = this.#places.get(from);
    if (place === undefined) throw new Error(`${from.name} was not read through this loader`);
    const absolute = resolvePath(place.folder, path);
    if (!this.#roots.some((root) => isBelow(absolute, root.path) || isBelow(absolute, root.real))) {
      return outside(path, "lies outside the script's folder");
    }
    return this.#guard(path, absolute, () => {
      const real = this.#host.realPath(absolute);
      if (!this.#roots.some((root) => isBelow(real, root.real))) {
        return outside(path, "is a link that leads out of the script's folder");
      }
      const shown = isAbsolute(path) ? absolute : normalize(`${place.shown}/${path}`);
      return open(real, absolute, shown);
    });
  }

  /** Turns what the system answers into words. */
  #guard<T>(path: string, absolute: string, work: () => Opened<T>): Opened<T> {
    try {
      return work();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (causeOf(error) === "missing") return this.#missing(path, absolute);
      return { ok: false, message: `Cannot read \`${printable(path)}\`: ${describeCause(error)}` };
    }
  }

  #read(real: string, absolute: string, shown: string): Opened<SourceText> {
    const { kind } = this.#host.status(real);
    if (kind === "directory") return notAFile(shown, kind);
    const bytes = readWhole(this.#host, real, LONGEST_TEXT);
    if (bytes === undefined) return tooLong(shown);
    const decoded = decodeText(bytes, printable(shown));
    if (!decoded.ok) return decoded;
    const place = { folder: folderOf(absolute), shown: folderOf(shown) };
    const text = this.#remember(shown, decoded.value, place);
    this.#texts.set(real, text);
    return { ok: true, value: text };
  }

  #remember(name: string, text: string, place: Place): SourceText {
    const source = new SourceText(this.#byId.length, printable(name), text);
    this.#byId.push(source);
    this.#places.set(source, place);
    return source;
  }

  /** Looks for the first part of the path that is not there, and for what was meant by it. */
  #missing(path: string, absolute: string): Problem {
    const message = `\`${printable(path)}\` does not exist`;
    let missing = absolute;
    let folder = folderOf(missing);
    while (folder !== missing && !this.#exists(folder)) {
      missing = folder;
      folder = folderOf(folder);
    }
    const name = nameOf(missing);
    const meant = closest(name, this.#names(folder));
    if (meant === undefined) return { ok: false, message };
    // The path as it was written, with that one name replaced.
    const tail = name + absolute.slice(missing.length);
    const guess = path.endsWith(tail)
      ? path.slice(0, -tail.length) + meant + tail.slice(name.length)
      : meant;
    return { ok: false, message, hint: `Did you mean \`${printable(guess)}\`?` };
  }

  #exists(path: string): boolean {
    try {
      return this.#host.status(path).kind === "directory";
    } catch {
      return false;
    }
  }

  #names(folder: string): string[] {
    try {
      return this.#host.list(folder).sort();
    } catch {
      return [];
    }
  }

  #root(folder: string): Root {
    const path = resolvePath(this.#host.cwd(), folder);
    return { path, real: this.#host.realPath(path) };
  }
}

function outside(path: string, how: string): Problem {
  return {
    ok: false,
    message: `\`${printable(path)}\` ${how}`,
    hint: "A script reads only what is below its own folder; `--allow DIR` opens another one",
  };
}

function notAFile(path: string, kind: string): Problem {
  const what = kind === "directory" ? "a folder" : "neither a file nor a folder";
  return { ok: false, message: `\`${printable(path)}\` is ${what}: a file is needed` };
}

function tooLong(name: string): Problem {
  return {
    ok: false,
    message: `\`${printable(name)}\` is too long for a text: more than ${LONGEST_TEXT >> 20} MiB`,
  };
}
