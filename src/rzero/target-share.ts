/**
 * How well a question's difficulty fits the Solver, from its majority share p:
 *
 *   uncertaintyReward = max(0, 1 - |p - target| / width)
 *
 * R-Zero (the Challenger's reward): target 1/2, width 1/2, that is 1 - 2 |p - 1/2|. Prism (arXiv 2603.13309, its zone of
 * proximal development): 0.75 and 0.4. A Challenger that is paid best for 1/2 looks for questions on which the vote is worth
 * least: where the Solver errs at random, a label with half of the votes behind it is mostly right, and once those questions
 * are learned, what is left at 1/2 is where it errs systematically.
 */
export interface TargetShare {
  readonly targetShare: number;
  readonly targetWidth: number;
}

export function uncertaintyReward(majorityShare: number, { targetShare, targetWidth }: TargetShare): number {
  return Math.max(0, 1 - Math.abs(majorityShare - targetShare) / targetWidth);
}
