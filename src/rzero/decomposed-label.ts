/**
 * A label looked at again (our decision): through what is left of the question once its first step is done, and by the base,
 * which did not learn with the Solver.
 *
 *   v   the Solver's vote on x                 b0   the base's vote on x
 *   r1  the vote on x1, x with its first step done              r2  the same of x1         each with a share of at least s, or none
 *
 *   r1:           r1 = v  confirmed           r1 = b0 or r1 = r2  corrected, to r1           else disputed
 *   no r1, b0:    b0 = v  confirmed           else disputed
 *   neither:      torn
 *
 * Random slips lower a vote's share; a systematic error does not, and voting amplifies it. Two ways to err otherwise: the
 * parts of a question lie where a model is more at home than in the whole (amplification, Christiano et al. 2018, arXiv
 * 1810.08575), and errors that the Solver has learned from its own labels are not the base's. So agreement between looks is
 * worth more than agreement within one. The whole is asked last, since base and Solver share what was never learned. No look
 * knows the truth.
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
  /** One step done, then two; as far as they were taken. */
  readonly rests: readonly Look[];
}

export type DecompositionOutcome = "confirmed" | "corrected" | "disputed" | "torn";

/** `same`: are two labels equivalent? */
export function decomposedLabel(
  { vote, base, rests }: Looks,
  minShare: number,
  same: (a: string, b: string) => boolean,
): { readonly label: string | null; readonly outcome: DecompositionOutcome } {
  const sure = (look: Look | null | undefined): string | null => (look && look.share >= minShare ? look.label : null);
  const agree = (a: string | null, b: string | null): boolean => a !== null && b !== null && same(a, b);
  const [whole, once, twice] = [sure(base), sure(rests[0]), sure(rests[1])];
  if (once !== null) {
    if (agree(vote.label, once)) return { label: vote.label, outcome: "confirmed" };
    if (agree(whole, once) || agree(once, twice)) return { label: once, outcome: "corrected" };
    return { label: vote.label, outcome: "disputed" };
  }
  if (whole === null) return { label: vote.label, outcome: "torn" };
  return { label: vote.label, outcome: agree(vote.label, whole) ? "confirmed" : "disputed" };
}
