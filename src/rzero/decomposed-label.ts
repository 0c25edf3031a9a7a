/**
 * A label looked at again (our decision): through what is left of the question once its first step is done, and by the base,
 * which did not learn with the Solver.
 *
 *   v        the Solver's vote on x
 *   b        the base's vote on x
 *   r1, r2   the vote on what is left of x with its first step done, then with its second, and so on
 *
 *   a = the label of the deepest of b, r1, r2, ... that has a share of at least s        none of them: torn
 *   v = a                          confirmed
 *   another of b, r1, ... is a     corrected, to a
 *   else                           disputed
 *
 * Random slips lower a vote's share; a systematic error does not, and voting amplifies it. Two ways to err otherwise: the
 * parts of a question lie where a model is more at home than in the whole (amplification, Christiano et al. 2018, arXiv
 * 1810.08575), and errors that the Solver has learned from its own labels are not the base's. So agreement between looks is
 * worth more than agreement within one. The deepest look speaks first, since base and Solver share what neither has learned. No
 * look knows the truth.
 */

/** One vote. */
export interface Look {
  readonly label: string | null;
  readonly share: number;
}

export interface Looks {
  readonly vote: Look;
  /** Null where only the Solver is asked. */
  readonly base: Look | null;
  /** One step done, two, and so on, as far as they were taken. */
  readonly rests: readonly Look[];
}

export type DecompositionOutcome = "confirmed" | "corrected" | "disputed" | "torn";

/** `same`: are two labels equivalent? */
export function decomposedLabel(
  { vote, base, rests }: Looks,
  minShare: number,
  same: (a: string, b: string) => boolean,
): { readonly label: string | null; readonly outcome: DecompositionOutcome } {
  const others = [...(base === null ? [] : [base]), ...rests];
  const deepest = others.findLastIndex(({ label, share }) => label !== null && share >= minShare);
  const answer = others[deepest]?.label ?? null;
  if (answer === null) return { label: vote.label, outcome: "torn" };
  const says = ({ label }: Look): boolean => label !== null && same(label, answer);
  if (says(vote)) return { label: vote.label, outcome: "confirmed" };
  if (others.some((look, at) => at !== deepest && says(look))) return { label: answer, outcome: "corrected" };
  return { label: vote.label, outcome: "disputed" };
}
