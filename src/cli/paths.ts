/**
 * Arithmetic of paths, without a look at the disk. A script is the same on every system, so its
 * paths have `/` between names.
 */

export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}

/** `path` seen from `folder`, with `.` and `..` worked out; `..` above the root stays at the root. */
export function resolvePath(folder: string, path: string): string {
  return normalize(isAbsolute(path) ? path : `${folder}/${path}`);
}

/** `a/./b//../c` is `a/c`; a relative path keeps the `..` that it begins with. */
export function normalize(path: string): string {
  const absolute = path.startsWith("/");
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    const last = names[names.length - 1];
    if (name === ".." && last !== undefined && last !== "..") names.pop();
    else if (name !== ".." || !absolute) names.push(name);
  }
  const joined = names.join("/");
  return absolute ? `/${joined}` : joined === "" ? "." : joined;
}

/** All but the last name; `.` for a bare name. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}

/** The last name. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether `path` is `folder` or lies in it; both absolute and normal. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
