/**
 * Training as its own log: the updates of recorded steps, made again on the rollouts they were made on. Nothing is sampled
 * and nothing scored, and since every update is a function of the weights before it and of stored numbers, the trainer ends
 * at the same bits. So an optimiser's state never needs to be on the disk.
 */
import type { Trainer, WeightsDigest } from "../policy/policy.ts";
import type { Role, Rollout, Step } from "../records/records.ts";
import { grpoUpdate, type TrainableRollout } from "./grpo-update.ts";
import type { PhaseWork } from "./iteration-work.ts";

/** The updates were made by another arithmetic (another device, another number of threads): they cannot be made again. */
export class ReplayDiverged extends Error {
  override readonly name = "ReplayDiverged";
  constructor(step: Step, reached: WeightsDigest) {
    super(`step ${step.id}, made again, ends at ${reached} instead of ${step.weightsAfter}`);
  }
}

/**
 * @param steps all recorded steps of the phase, in order
 * @throws ReplayDiverged
 */
export async function replaySteps(
  phase: PhaseWork,
  role: Role,
  trainer: Trainer,
  reference: WeightsDigest,
  steps: readonly Step[],
): Promise<void> {
  const { environment, run, sampler, work, meter, ordinal } = phase;
  const { rollouts } = environment.curriculum;
  for (const [index, step] of steps.entries()) {
    work.signal.throwIfAborted();
    // Which rollouts a step trained on is written after the step: of the last one it may be missing.
    if (index === steps.length - 1) {
      const since = steps[index - 1]?.id ?? phase.phase.id;
      const made = rollouts.getMany(rollouts.madeBetween(run.id, role, since, step.id));
      // One without a reward was graded by nobody, and not trained on.
      await rollouts.setStep(
        step.id,
        made.flatMap(({ id, reward }) => (reward === null ? [] : [id])),
      );
    }
    const groups = inGroups(rollouts.ofStep(step.id));
    // What changed nothing then changes nothing now: constant groups, a gradient that was not finite.
    if (groups.length > 0 && step.skipped === null) {
      await grpoUpdate({
        sampler,
        trainer,
        reference,
        groups: groups.map((group) => group.map(trainable)),
        settings: run.config[role],
        temperature: groups[0]![0]!.temperature,
        signal: work.signal,
      });
    }
    if (trainer.weights !== step.weightsAfter) throw new ReplayDiverged(step, trainer.weights);
    meter.recall({ iteration: ordinal, phase: phase.phase.kind, done: step.number / run.config[role].steps });
  }
}

const trainable = ({ promptTokenIds, tokenIds, rawLogprobs, reward, rewardParts }: Rollout): TrainableRollout => ({
  promptTokenIds,
  tokenIds,
  rawLogprobs,
  reward: reward!,
  weight: rewardParts?.labelWeight ?? 1,
});

/** `rollouts` by group, then sample. */
function inGroups(rollouts: readonly Rollout[]): readonly (readonly Rollout[])[] {
  const groups = new Map<number, Rollout[]>();
  for (const rollout of rollouts) groups.set(rollout.group, [...(groups.get(rollout.group) ?? []), rollout]);
  return [...groups.values()];
}
