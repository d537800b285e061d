/** Writing a file so that nobody ever sees half of it. */
import { causeOf, type Host, isSystemError } from "./host.ts";
import { folderOf, nameOf } from "./paths.ts";

/**
 * Puts `text` into `path` in one step: into a new file beside it, which then takes its name. A
 * reader sees the old text or the new one, and so does whoever comes after a power cut. A link is
 * followed, so that it stays one.
 */
export function writeAtomically(host: Host, path: string, text: string): void {
  const target = realTarget(host, path);
  const temporary = `${folderOf(target)}/.${nameOf(target)}.${Math.floor(host.now() * 1000)}.tmp`;
  host.create(temporary, new TextEncoder().encode(text), exists(host, target) ? target : undefined);
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
