/** Writing a file so that nobody ever sees half of it. */
import { causeOf, type Host, isSystemError, type NewFile } from "./host.ts";
import { folderOf, nameOf } from "./paths.ts";

/**
 * Puts `text` into `path` in one step: into a new file beside it, which then takes its name. A
 * reader sees the old text or the new one, and so does whoever comes after a power cut. A link is
 * followed, so that it stays one.
 */
export function writeAtomically(host: Host, path: string, text: string): void {
  makeAtomically(host, path, (temporary, like) => {
    host.create(temporary, new TextEncoder().encode(text), like);
  });
}

/** As `writeAtomically`, for a file that is nobody else's business. */
export function writePrivately(host: Host, path: string, text: string): void {
  makeAtomically(host, path, (temporary) => {
    host.createPrivate(temporary, new TextEncoder().encode(text));
  });
}

/** As `writeAtomically`, for what does not fit into memory: `fill` writes it, piece by piece. */
export function streamAtomically(host: Host, path: string, fill: (file: NewFile) => void): void {
  makeAtomically(host, path, (temporary, like) => {
    const file = host.begin(temporary, like);
    try {
      fill(file);
    } catch (error) {
      host.remove(temporary);
      throw error;
    } finally {
      file.close();
    }
  });
}

function makeAtomically(
  host: Host,
  path: string,
  make: (temporary: string, like: string | undefined) => void,
): void {
  const target = realTarget(host, path);
  const temporary = `${folderOf(target)}/.${nameOf(target)}.${Math.floor(host.now() * 1000)}.tmp`;
  make(temporary, exists(host, target) ? target : undefined);
  try {
    host.rename(temporary, target);
  } catch (error) {
    host.remove(temporary);
    throw error;
  }
}

function realTarget(host: Host, path: string): string {
  try {
    return host.realPath(path);
  } catch (error) {
    if (isSystemError(error) && causeOf(error) === "missing") return path;
    throw error;
  }
}

function exists(host: Host, path: string): boolean {
  try {
    host.status(path);
    return true;
  } catch {
    return false;
  }
}
