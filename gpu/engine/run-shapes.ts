/** What one run of a pool takes on, so that little of it is padding and none is too large. Pure. */
import { mostPadding, pageLength, pagesOf, readingPairs } from "./cache-budget.ts";

interface Reading {
  readonly tokens: Int32Array;
  readonly cache: { readonly length: number };
}

/** Prompts in order, with how much of each is read, while tokens and tokens times keys stay within their limits. */
export function stretchesToRead<P extends Reading>(
  prompts: readonly P[],
  mostTokens: number,
): { readonly prompt: P; readonly count: number }[] {
  const chosen: { prompt: P; count: number }[] = [];
  let [width, keys] = [0, 0];
  for (const prompt of prompts) {
    const read = prompt.cache.length;
    const missing = prompt.tokens.length - 1 - read; // the last token is each row's own
    const most = Math.max(1, Math.floor((Math.sqrt(read ** 2 + 4 * readingPairs) - read) / 2)); // n (read + n) <= pairs
    const count = Math.min(missing, most, mostTokens);
    const [S, F] = [Math.max(width, count), Math.max(keys, pagesOf(read) * pageLength)];
    const tokens = (chosen.length + 1) * S;
    if (chosen.length > 0 && (tokens > mostTokens || tokens * (F + S) > readingPairs)) break;
    chosen.push({ prompt, count });
    [width, keys] = [S, F];
  }
  return chosen;
}

/**
 * The row that waited longest, and with it those of similar length, so that of the pages gathered at most `mostPadding`
 * times as many are padding as are not.
 */
export function rowsOfOneRun<R extends { readonly lastStep: number }>(
  rows: readonly R[],
  pagesOfRow: (row: R) => number,
): readonly R[] {
  const pages = (row: R) => Math.max(1, pagesOfRow(row));
  const groups: R[][] = [];
  let held = 0;
  for (const row of [...rows].sort((a, b) => pages(b) - pages(a))) {
    const group = groups.at(-1);
    const fits = group && (group.length + 1) * pages(group[0]!) <= (1 + mostPadding) * (held + pages(row));
    held = fits ? held + pages(row) : pages(row);
    if (fits) group.push(row);
    else groups.push([row]);
  }
  const lastStep = (group: readonly R[]) => Math.min(...group.map((row) => row.lastStep));
  return groups.reduce((a, b) => (lastStep(b) < lastStep(a) ? b : a));
}
