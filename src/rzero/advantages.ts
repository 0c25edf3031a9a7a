/**
 * Group-relative advantages (GRPO, Shao et al. 2024):
 *
 *   A_i = (r_i - mean(r)) / (std(r) + 1e-6)        std with n - 1
 *
 * A constant group (all rewards equal, or a single rollout) says nothing: its advantages are 0, it is flagged, and the
 * trainer skips it.
 */
const STD_EPSILON = 1e-6;

export interface GroupAdvantages {
  /** [G], in the order of the rewards. */
  readonly advantages: readonly number[];
  readonly constantGroup: boolean;
  readonly mean: number;
  /** n - 1; 0 for a single rollout. */
  readonly std: number;
}

export function groupAdvantages(rewards: readonly number[]): GroupAdvantages {
  const notFinite = rewards.find((reward) => !Number.isFinite(reward));
  if (notFinite !== undefined) throw new RangeError(`a reward must be finite, got ${notFinite}`);
  const first = rewards[0];
  if (first === undefined || rewards.every((reward) => reward === first)) {
    return { advantages: rewards.map(() => 0), constantGroup: true, mean: first ?? 0, std: 0 };
  }
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const squares = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  const std = Math.sqrt(squares / (rewards.length - 1));
  return {
    advantages: rewards.map((reward) => (reward - mean) / (std + STD_EPSILON)),
    constantGroup: false,
    mean,
    std,
  };
}
