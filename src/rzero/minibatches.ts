/** The updates of a step: its groups dealt out in order, whole groups, as evenly as they go (sizes differ by at most one). */

/** At most `updates` non-empty shares of `groups`, in order. */
export function minibatches<T>(groups: readonly T[], updates: number): T[][] {
  if (!Number.isInteger(updates) || updates < 1) throw new RangeError(`a step makes 1 or more updates, got ${updates}`);
  const shares = Math.min(updates, groups.length);
  return Array.from({ length: shares }, (_, share) =>
    groups.slice(Math.floor((share * groups.length) / shares), Math.floor(((share + 1) * groups.length) / shares)),
  );
}

/**
 * Indices of the curriculum's questions that step `step` (from 1) of a phase trains on: walks through the curriculum
 * without repeating a question before all were used, then again in the next order. `orders` gives the order of each
 * pass (from 0), e.g. shuffled with a seed of its own. A curriculum smaller than a step gives a smaller step.
 */
export function questionsOfStep(
  questions: number,
  promptsPerStep: number,
  step: number,
  orders: (pass: number) => readonly number[],
): number[] {
  const take = Math.min(questions, promptsPerStep);
  return Array.from({ length: take }, (_, prompt) => {
    const position = (step - 1) * take + prompt;
    return orders(Math.floor(position / questions))[position % questions]!;
  });
}
