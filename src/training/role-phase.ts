/**
 * The frame that both training phases share: sample and score a batch, one GRPO step on it, record, next; then a checkpoint.
 * A phase goes on after its last recorded step, whatever stopped it: the service, or the engine in the middle of a step.
 */
import type { Trainer, WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint, Role, Step, StepMetrics } from "../records/records.ts";
import { checkpointFields } from "./checkpoint-metrics.ts";
import { saveCheckpoint } from "./checkpoint-store.ts";
import { secondsSince, timestamp } from "./environment.ts";
import { type GrpoUpdateResult, grpoUpdate, type TrainableRollout } from "./grpo-update.ts";
import { type PhaseWork, report } from "./iteration-work.ts";
import { refuseToGoOn } from "./rejected-steps.ts";
import { ReplayDiverged, replaySteps } from "./replay-steps.ts";
import { klReference, openRoleTrainer } from "./role-trainer.ts";
import { isLoss } from "./sampler.ts";

/** The policy that is trained, as it stands before a step. */
export interface Standing {
  readonly step: number;
  readonly weights: WeightsDigest;
  readonly policyVersion: number;
}

/** Rollouts of one step, scored. */
export interface StepBatch {
  readonly groups: readonly (readonly TrainableRollout[])[];
  readonly temperature: number;
  readonly measured: Pick<
    StepMetrics,
    "reward" | "rewardParts" | "meanTokens" | "truncatedFraction" | "sampledTokensPerSecond"
  >;
  /** Writes everything the batch consists of; `advantages` as in `groups`. Returns the ids of the rollouts trained on. */
  store(advantages: readonly (readonly number[])[]): Promise<readonly string[]>;
}

/** Why a step has nothing to train on, and whether that ends the phase: the steps after it may find something. */
const ENDS_PHASE = { "no-questions-kept": true, "no-rollouts-graded": false } as const;
type NothingToTrainOn = keyof typeof ENDS_PHASE;

/** `skip` goes into the step's record. */
export type PrepareStep = (standing: Standing) => Promise<StepBatch | { readonly skip: NothingToTrainOn }>;

const hadNothing = ({ skipped }: Step): boolean => skipped !== null && skipped in ENDS_PHASE;

/** Times an engine may be lost in one step; an operation whose engine dies each time has failed. */
const ATTEMPTS = 3;

/** Trains `role` from its checkpoint. Without an update it stays where it was. */
export async function trainRole(
  phase: PhaseWork,
  role: Role,
  from: Checkpoint,
  prepare: PrepareStep,
): Promise<Checkpoint> {
  const { environment, iteration, run } = phase;
  const { checkpoints, steps, discardMadeAfter } = environment.curriculum;
  const recorded = () => steps.ofPhase(phase.phase.id);
  for (let failures = 0, reached = 0; ; ) {
    const made = checkpoints.ofIteration(iteration.id, role);
    if (made !== null) return made;
    try {
      return await trainOn(phase, role, from, prepare, recorded());
    } catch (error) {
      const last = recorded().at(-1);
      if (error instanceof ReplayDiverged) {
        environment.log.warn(
          { err: error, phase: phase.phase.id },
          "recorded steps do not repeat here; the phase begins anew",
        );
        discardMadeAfter(run.id, phase.phase.id);
        continue;
      }
      failures = (last?.number ?? 0) > reached ? 1 : failures + 1;
      reached = last?.number ?? 0;
      if (!isLoss(error) || failures === ATTEMPTS) throw error;
      environment.log.warn(
        { err: error, phase: phase.phase.id, failures },
        "the engine was lost; the step is made again",
      );
      discardMadeAfter(run.id, last?.id ?? phase.phase.id);
    }
  }
}

/** `recorded`: the phase's steps so far, which are made again; then those that are left. */
async function trainOn(
  phase: PhaseWork,
  role: Role,
  from: Checkpoint,
  prepare: PrepareStep,
  recorded: readonly Step[],
): Promise<Checkpoint> {
  const { environment, policy, run, iteration, work } = phase;
  const start = from.digest as WeightsDigest;
  const settings = run.config[role];
  const reference = klReference(policy, settings, start);
  const before = recorded.at(-1);
  await environment.weights.ensure(policy, start);
  const trainer = await openRoleTrainer(policy, run, role, start);
  let policyVersion = before?.policyVersion ?? from.policyVersion;
  let last: StepMetrics | null = recorded.findLast((step) => !hadNothing(step))?.metrics ?? null;
  try {
    await replaySteps(phase, role, trainer, reference, recorded);
    const made = [...recorded];
    refuseToGoOn(run.config.onNonFinite, made);
    const ended = before !== undefined && hadNothing(before) && ENDS_PHASE[before.skipped as NothingToTrainOn];
    const steps = ended ? before.number : settings.steps;
    for (let step = recorded.length + 1; step <= steps; step++) {
      work.signal.throwIfAborted();
      const started = environment.now().getTime();
      const batch = await prepare({ step, weights: trainer.weights, policyVersion });
      if ("skip" in batch) {
        recordStep(phase, role, policyVersion, started, { step, skipped: batch.skip, weights: trainer.weights });
        await phase.pieces.forget();
        if (ENDS_PHASE[batch.skip]) break;
        continue;
      }
      const update = await grpoUpdate({
        sampler: phase.sampler,
        trainer,
        reference,
        groups: batch.groups,
        settings,
        temperature: batch.temperature,
        signal: work.signal,
      });
      policyVersion += update.updates;
      const rolloutIds = await batch.store(update.advantages);
      last = { ...batch.measured, ...update.metrics };
      const stored = recordStep(phase, role, policyVersion, started, { step, update, metrics: last });
      await environment.curriculum.rollouts.setStep(stored.id, rolloutIds);
      await phase.pieces.forget();
      made.push(stored);
      refuseToGoOn(run.config.onNonFinite, made);
      report(phase, {
        step,
        steps: settings.steps,
        done: step / settings.steps,
        reward: last.reward,
        tokensPerSecond: last.sampledTokensPerSecond,
      });
    }
    if (trainer.weights === start) return from;
    return await saveCheckpoint(environment, policy, {
      runId: run.id,
      iterationId: iteration.id,
      role,
      policyVersion,
      parents: [from.id],
      metrics: last === null ? {} : checkpointFields(last),
      weights: trainer.weights,
    });
  } finally {
    await closeTrainer(phase, trainer);
  }
}

/** Weights of a phase that did not finish are in no checkpoint: forget them. After a crash there is nothing to close. */
async function closeTrainer({ environment, policy }: PhaseWork, trainer: Trainer): Promise<void> {
  const { curriculum, log } = environment;
  try {
    await trainer.close();
    if (curriculum.checkpoints.byDigest(trainer.weights).length === 0) await policy.release(trainer.weights);
  } catch (error) {
    log.warn({ err: error, weights: trainer.weights }, "a trainer could not be closed");
  }
}

type Outcome =
  | { readonly step: number; readonly update: GrpoUpdateResult; readonly metrics: StepMetrics }
  | { readonly step: number; readonly skipped: string; readonly weights: WeightsDigest };

function recordStep(phase: PhaseWork, role: Role, policyVersion: number, started: number, outcome: Outcome): Step {
  const { environment, run, iteration, work } = phase;
  const metrics = "update" in outcome ? outcome.metrics : NOTHING_MEASURED;
  const step: Step = {
    // Made last: everything of this step has a smaller id, which is how an unfinished one is told apart.
    id: environment.curriculum.makeId("step"),
    runId: run.id,
    iterationId: iteration.id,
    phaseId: phase.phase.id,
    operationId: work.operation.id,
    role,
    number: outcome.step,
    policyVersion,
    weightsBefore: "update" in outcome ? outcome.update.weightsBefore : outcome.weights,
    weightsAfter: "update" in outcome ? outcome.update.weightsAfter : outcome.weights,
    skipped: "update" in outcome ? outcome.update.skipped : outcome.skipped,
    metrics,
    createdAt: timestamp(environment),
    seconds: secondsSince(environment, started),
  };
  environment.curriculum.transaction(() => {
    environment.curriculum.steps.insert(step);
    work.emit("step.completed", {
      iteration: iteration.number,
      step: step.id,
      role,
      number: step.number,
      policyVersion,
      skipped: step.skipped,
      reward: metrics.reward,
      rewardParts: metrics.rewardParts,
      loss: metrics.loss,
      kl: metrics.kl,
      gradNorm: metrics.gradNorm,
      constantGroups: metrics.constantGroups,
      groups: metrics.groups,
      seconds: step.seconds,
    });
  });
  environment.telemetry.record({ kind: "step-made", step });
  return step;
}

const NOTHING_MEASURED: StepMetrics = {
  reward: 0,
  rewardParts: {},
  groups: 0,
  constantGroups: 0,
  sequences: 0,
  loss: 0,
  kl: 0,
  entropy: 0,
  clipFraction: 0,
  gradNorm: 0,
  meanTokens: 0,
  truncatedFraction: 0,
  logprobGapMean: 0,
  logprobGapMax: 0,
  sampledTokensPerSecond: 0,
  trainedTokensPerSecond: 0,
};
