/**
 * The Solver's vote on one question (R-Zero):
 *
 *   pseudoLabel = the answer of the largest group, ties to the earliest;   majorityShare p = its size / m
 *
 * m counts all samples. A sample without an answer casts no vote: it can only lower p. (The released code lets the word
 * `None` stand for it, which can win; we do not.) p is agreement, not accuracy.
 */

/** Are two extracted answers the same? Symmetric. */
export type Equivalent = (a: string, b: string) => boolean;

export interface Vote {
  /** null where no sample had an answer. */
  readonly pseudoLabel: string | null;
  readonly majorityShare: number;
  readonly withoutAnswer: number;
  /** Largest first, ties by first appearance; `answer` is the group's first. */
  readonly groups: readonly { readonly answer: string; readonly count: number }[];
}

/**
 * `answers`: [m], null where a sample had none. An answer joins the first group whose first member it is equivalent to,
 * so the result is defined also where `equivalent` is not transitive.
 */
export function majorityVote(answers: readonly (string | null)[], equivalent: Equivalent): Vote {
  const groups: { readonly answer: string; count: number }[] = [];
  let withoutAnswer = 0;
  for (const answer of answers) {
    if (answer === null) {
      withoutAnswer++;
      continue;
    }
    const group = groups.find((each) => each.answer === answer || equivalent(each.answer, answer));
    if (group) group.count++;
    else groups.push({ answer, count: 1 });
  }
  groups.sort((a, b) => b.count - a.count);
  const winner = groups[0];
  return {
    pseudoLabel: winner?.answer ?? null,
    majorityShare: winner ? winner.count / answers.length : 0,
    withoutAnswer,
    groups,
  };
}
