/**
 * What a question loses for being of a kind that earlier iterations were full of (Prism, arXiv 2603.13309, pays
 * exp(-n / mean n) for rare kinds; R-Diverse, arXiv 2602.13103, subtracts for what its memory holds):
 *
 *   memoryPenalty = mu (1 - exp(-n / mean n))        n: remembered questions of its kind, mean n: of a kind on average
 *
 * Two questions are of one kind where their templates, the questions with every number masked, nearly repeat each other:
 * the same exercise with other numbers is the same exercise.
 */

/** The questions of a run's completed iterations, by kind. */
export interface RememberedKinds {
  readonly questions: number;
  readonly kinds: number;
}

export function memoryPenalty(sameKind: number, { questions, kinds }: RememberedKinds, weight: number): number {
  if (weight === 0 || sameKind === 0 || kinds === 0) return 0;
  return weight * (1 - Math.exp((-sameKind * kinds) / questions));
}

/** Jaccard similarity of templates from which two questions are of one kind. */
export const SAME_KIND = 0.8;

/** The words with every number replaced by the same mark. */
export function questionTemplate(words: readonly string[]): string[] {
  return words.map((word) => word.replace(/\d+(?:[.,]\d+)*/g, "#"));
}
