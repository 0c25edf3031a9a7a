/**
 * Questions that nearly repeat another, found without comparing all pairs (Broder 1997; Leskovec et al., "Mining of Massive
 * Datasets", chapter 3).
 *
 *   shingles(x) = pairs of neighbouring words, both ends marked;   J(x, y) = |shingles in both| / |shingles in either|
 *   minHash_i(x) = least hash_i over the shingles;                 P(minHash_i(x) = minHash_i(y)) = J
 *   a band is ROWS of these, hashed together;                      P(some of BANDS bands equal) = 1 - (1 - J^ROWS)^BANDS
 *
 * With 8 bands of 4: 0.99 at J = 0.8, 0.89 at 0.7, 0.40 at 0.5, 0.06 at 0.3. Whoever shares a band is a candidate, and J of
 * candidates is computed exactly.
 */
import { hashText } from "./seeds.ts";

export const BANDS = 8;
const ROWS = 4;

/** Two bigrams meet only in the same neighbourhood; the ends count, so that a single word has a shingle too. */
export function shingles(words: readonly string[]): ReadonlySet<number> {
  const marked = ["\u0002", ...words, "\u0003"];
  return new Set(marked.slice(1).map((word, at) => hashText(`${marked[at]}\u0000${word}`)));
}

export function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let shared = 0;
  for (const shingle of a) if (b.has(shingle)) shared++;
  return shared / (a.size + b.size - shared);
}

/** [BANDS] non-negative integers below 2^52: two questions with an equal one are candidates. `salt` keeps collections apart. */
export function bandsOf(question: ReadonlySet<number>, salt = ""): number[] {
  const start = hashText(salt);
  return Array.from({ length: BANDS }, (_, band) => {
    let high = mix(start ^ band);
    let low = mix(high ^ 0x5bd1e995);
    for (let row = 0; row < ROWS; row++) {
      const least = minHash(question, band * ROWS + row);
      high = mix(high ^ least);
      low = mix(low ^ mix(least));
    }
    return (high >>> 12) * 2 ** 32 + (low >>> 0);
  });
}

function minHash(question: ReadonlySet<number>, index: number): number {
  const key = mix(0x9e3779b9 + Math.imul(index, 0x85ebca6b));
  let least = 0xffffffff;
  for (const shingle of question) least = Math.min(least, mix(shingle ^ key) >>> 0);
  return least;
}

/** MurmurHash3's finaliser (Appleby, public domain). */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Questions of one batch or pool, each asked against those before it. */
export class NearDuplicates {
  readonly #threshold: number;
  readonly #buckets = new Map<number, ReadonlySet<number>[]>();

  /** `threshold`: Jaccard similarity from which two questions repeat each other. */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** Is there one before? Where not, it is one of those that come before the next. */
  repeats(words: readonly string[]): boolean {
    const own = shingles(words);
    const bands = bandsOf(own);
    const candidates = new Set(bands.flatMap((band) => this.#buckets.get(band) ?? []));
    for (const other of candidates) if (jaccard(own, other) >= this.#threshold) return true;
    for (const band of bands) {
      const bucket = this.#buckets.get(band);
      if (bucket) bucket.push(own);
      else this.#buckets.set(band, [own]);
    }
    return false;
  }
}
