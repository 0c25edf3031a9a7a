/**
 * Sentence BLEU-4 between all pairs of a batch (Papineni et al. 2002), smoothed by method 1 of Chen and Cherry (2014):
 *
 *   BLEU(hypothesis, reference) = BP * exp( sum_{n=1..4} 1/4 log p_n )
 *   p_n = matches_n / max(1, hypothesis n-grams),   0.1 / that   where matches_n = 0
 *   BP  = 1 if |hypothesis| > |reference|, else exp(1 - |reference| / |hypothesis|)
 *   BLEU = 0 where no single word matches
 *
 * R-Zero scores a pair once, with the earlier question as the hypothesis and the later one as the reference.
 *
 * Matches of a pair are sum over n-grams of min(count in one, count in the other): symmetric, and zero for n-grams that
 * only one question holds. So n-grams are interned as integers and walked through an inverted index: the work is the
 * number of shared n-grams, not pairs times words.
 */

const MAX_ORDER = 4;
const METHOD_1_EPSILON = 0.1;

/** An n-gram's occurrences: question (rising) and how often it occurs there. */
interface Postings {
  readonly questions: number[];
  readonly counts: number[];
}

/** Index of the pair i < j among n items in a condensed distance vector (row by row, without the diagonal). */
export function condensedIndex(n: number, i: number, j: number): number {
  return i < j ? i * n - (i * (i + 1)) / 2 + (j - i - 1) : j * n - (j * (j + 1)) / 2 + (i - j - 1);
}

/** Distances 1 - BLEU(hypothesis i, reference j) for i < j: condensed, [n (n - 1) / 2]. */
export function bleuDistances(texts: readonly (readonly string[])[]): Float64Array {
  const n = texts.length;
  const distances = new Float64Array((n * (n - 1)) / 2);
  const index = buildIndex(texts);
  const matches = Array.from({ length: MAX_ORDER }, () => new Int32Array(n));
  for (let i = 0; i < n - 1; i++) {
    for (let order = 0; order < MAX_ORDER; order++) {
      const matched = matches[order]!;
      matched.fill(0, i + 1);
      for (const { postings, position, count } of index[order]![i]!) addMatches(matched, postings, position, count);
    }
    const hypothesisLength = texts[i]!.length;
    const row = condensedIndex(n, i, i + 1) - (i + 1);
    for (let j = i + 1; j < n; j++) {
      distances[row + j] = 1 - smoothedBleu(matches, j, hypothesisLength, texts[j]!.length);
    }
  }
  return distances;
}

function addMatches(matched: Int32Array, postings: Postings, position: number, count: number): void {
  const { questions, counts } = postings;
  for (let k = position + 1; k < questions.length; k++) {
    const other = counts[k]!;
    matched[questions[k]!]! += Math.min(count, other);
  }
}

function smoothedBleu(
  matches: readonly Int32Array[],
  reference: number,
  hypothesisLength: number,
  referenceLength: number,
): number {
  if (matches[0]![reference] === 0) return 0;
  let logPrecision = 0;
  for (let order = 0; order < MAX_ORDER; order++) {
    const total = Math.max(1, hypothesisLength - order);
    logPrecision += 0.25 * Math.log((matches[order]![reference]! || METHOD_1_EPSILON) / total);
  }
  const brevity = hypothesisLength > referenceLength ? 1 : Math.exp(1 - referenceLength / hypothesisLength);
  return brevity * Math.exp(logPrecision);
}

interface Occurrence {
  readonly postings: Postings;
  /** Where this question stands in the postings. */
  readonly position: number;
  readonly count: number;
}

/** [order][question]: the question's distinct n-grams that some later question may share. */
function buildIndex(texts: readonly (readonly string[])[]): Occurrence[][][] {
  const words = new Map<string, number>();
  const ids = texts.map((text) => text.map((word) => intern(words, word)));
  // An n-gram is its first n-1 words (already an integer) and its last word: one integer key per order.
  let prefixes = ids;
  const index: Occurrence[][][] = [];
  for (let order = 0; order < MAX_ORDER; order++) {
    if (order > 0) {
      const grams = new Map<number, number>();
      const width = words.size + 1;
      prefixes = prefixes.map((prefix, question) => {
        const text = ids[question]!;
        const next: number[] = [];
        for (let at = 0; at + order < text.length; at++) {
          next.push(intern(grams, prefix[at]! * width + text[at + order]!));
        }
        return next;
      });
    }
    index.push(occurrences(prefixes));
  }
  return index;
}

function intern<K>(ids: Map<K, number>, key: K): number {
  let id = ids.get(key);
  if (id === undefined) {
    id = ids.size;
    ids.set(key, id);
  }
  return id;
}

function occurrences(grams: readonly (readonly number[])[]): Occurrence[][] {
  const postings = new Map<number, Postings>();
  return grams.map((inQuestion, question) => {
    const counts = new Map<number, number>();
    for (const gram of inQuestion) counts.set(gram, (counts.get(gram) ?? 0) + 1);
    return [...counts].map(([gram, count]) => {
      let held = postings.get(gram);
      if (held === undefined) {
        held = { questions: [], counts: [] };
        postings.set(gram, held);
      }
      held.questions.push(question);
      held.counts.push(count);
      return { postings: held, position: held.questions.length - 1, count };
    });
  });
}
