/** Which worlds a text needs, seen without parsing it, so that they load while it is parsed. */

/**
 * Names behind `boot`, more than there are if a comment says it; undefined where other texts are used
 * and may boot anything.
 */
export function bootedWorlds(text: string): string[] | undefined {
  if (/^\s*use\b/m.test(text)) return undefined;
  const names = [...text.matchAll(/\bboot\s+([A-Za-z_]\w*)/g)].map((match) => match[1]!);
  return [...new Set(names)];
}
