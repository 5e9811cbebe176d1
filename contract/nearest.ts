/** Edit distance between two words: insertions, deletions, substitutions, neighbours swapped (Damerau 1964, each place edited once). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : substituted;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted, swapped));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** The known word that was probably meant, or null when none is near: at most a third of the letters may differ. */
export function nearest(word: string, known: readonly string[]): string | null {
  const ranked = known
    .map(k => ({ k, d: distance(word.slice(0, 64).toLowerCase(), k.toLowerCase()) }))
    .toSorted((a, b) => a.d - b.d);
  const best = ranked[0];
  return best && best.d <= Math.max(1, Math.floor(Math.max(word.length, best.k.length) / 3)) ? best.k : null;
}
