/** "Did you mean": the known word that a mistyped one most likely stands for. */

/** Longer words than this are not typed by hand, and comparing them costs the product of lengths. */
const LONGEST = 64;

/**
 * The candidate closest to `word`, or undefined if none is close enough for a guess: a third of
 * its letters may be wrong. A word that differs only in case is always closest. Which candidate
 * wins does not depend on their order: among equals it is the first in code unit order.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length === 0 || word.length > LONGEST) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.floor(word.length / 3) + 1;
  for (const candidate of candidates) {
    if (candidate === word || candidate.length > LONGEST) continue;
    const distance = candidate.toLowerCase() === lower
      ? 0
      : editDistance(word, candidate, bestDistance);
    const better = distance < bestDistance ||
      (distance === bestDistance && best !== undefined && candidate < best);
    if (better) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * Damerau–Levenshtein distance with adjacent swaps (each letter moved once), or some number above
 * `bound` as soon as it is clear that the distance is above it.
 */
export function editDistance(a: string, b: string, bound = Infinity): number {
  if (Math.abs(a.length - b.length) > bound) return Infinity;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforePrevious[j - 2]! + 1);
      }
      row.push(cost);
      smallest = Math.min(smallest, cost);
    }
    // A swap looks two rows back, so one row above the bound proves nothing yet.
    if (smallest > bound + 1) return Infinity;
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}
