/** One GRPO step by hand: the same update the loop makes, then a checkpoint, and the run's head moves to it. */
import type { WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint, Role, Run, Step } from "../records/records.ts";
import { mean } from "../rzero/metrics.ts";
import { checkpointFields } from "./checkpoint-metrics.ts";
import { saveCheckpoint } from "./checkpoint-store.ts";
import { type Environment, secondsSince, timestamp } from "./environment.ts";
import { grpoUpdate } from "./grpo-update.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { pruneCheckpoints } from "./retention.ts";
import { klReference, openRoleTrainer } from "./role-trainer.ts";
import { createSampler } from "./sampler.ts";
import { meanParts } from "./sampling-metrics.ts";
import { samplingOnly } from "./sampling-operation.ts";
import { storedGroups, type TrainRequest, uploadedGroups, uploadedRecords } from "./training-batch.ts";

interface StepMade {
  readonly step: string;
  readonly checkpoint: string;
}

const headOf = (run: Run, role: Role): string =>
  role === "solver" ? run.solverCheckpointId : run.challengerCheckpointId;

/** Step and head change in one transaction: an interrupted operation either has its step or begins anew. */
export function trainingStepOperation(environment: Environment): OperationHandler {
  const { curriculum } = environment;
  const handler = samplingOnly(environment, (work) => trainOnce(environment, work));
  return {
    ...handler,
    rewind: (operation, mark) => handler.rewind(operation, curriculum.steps.ofOperation(operation.id)?.id ?? mark),
  };
}

async function trainOnce(environment: Environment, work: Work): Promise<unknown> {
  const { curriculum } = environment;
  const request = work.operation.request as TrainRequest;
  const { role } = request;
  const run = curriculum.runs.get(request.run);
  const policy = await environment.policy.get();
  const made = curriculum.steps.ofOperation(work.operation.id);
  if (made !== null) return { step: made.id, checkpoint: headOf(run, role) } satisfies StepMade;
  const batch = request.groups ? uploadedGroups(policy, request) : storedGroups(environment, run, request);
  const from = curriculum.checkpoints.get(headOf(run, role));
  const start = from.digest as WeightsDigest;
  const started = environment.now().getTime();

  const letGo = environment.weights.hold(start);
  await environment.weights.ensure(policy, start);
  const trainer = await openRoleTrainer(policy, run, role, start);
  try {
    const update = await grpoUpdate({
      sampler: createSampler(policy, environment.weights, environment.log),
      trainer,
      reference: klReference(policy, run.config[role], start),
      groups: batch.groups,
      settings: run.config[role],
      temperature: batch.temperature,
      signal: work.signal,
    });
    const stored = batch.rollouts.flat();
    const uploaded = request.groups
      ? uploadedRecords(environment, request, batch, update.advantages, {
          weights: start,
          policyVersion: from.policyVersion,
        })
      : [];
    await curriculum.rollouts.insertMany(uploaded);
    await curriculum.rollouts.setOutcomes(
      batch.rollouts.flatMap((group, index) =>
        group.map(({ id, verdict, reward, rewardParts }, sample) => ({
          id,
          verdict,
          reward,
          rewardParts,
          advantage: update.advantages[index]![sample]!,
        })),
      ),
    );
    const rollouts = [...stored, ...uploaded];
    const metrics: Step["metrics"] = {
      ...update.metrics,
      reward: mean(rollouts.map(({ reward }) => reward ?? 0)),
      rewardParts: meanParts(stored.map(({ rewardParts }) => rewardParts ?? {})),
      meanTokens: mean(rollouts.map(({ tokenIds }) => tokenIds.length)),
      truncatedFraction: mean(rollouts.map(({ finishReason }) => (finishReason === "length" ? 1 : 0))),
      sampledTokensPerSecond: 0,
    };
    const policyVersion = from.policyVersion + update.updates;
    const previous = curriculum.steps.latest(run.id, role);
    /** All that says that the step was made, in one transaction. */
    const record = (head: Checkpoint): StepMade => {
      const step: Step = {
        id: curriculum.makeId("step"),
        runId: run.id,
        iterationId: null,
        phaseId: null,
        operationId: work.operation.id,
        role,
        number: previous !== null && previous.phaseId === null ? previous.number + 1 : 1,
        policyVersion,
        weightsBefore: update.weightsBefore,
        weightsAfter: update.weightsAfter,
        skipped: update.skipped,
        metrics,
        createdAt: timestamp(environment),
        seconds: secondsSince(environment, started),
      };
      curriculum.steps.insert(step);
      curriculum.rollouts.setStepAtOnce(
        step.id,
        rollouts.map(({ id }) => id),
      );
      curriculum.runs.setCheckpoint(run.id, role, head.id);
      work.setResources([step.id]);
      work.emit("step.completed", {
        step: step.id,
        role,
        number: step.number,
        policyVersion,
        skipped: step.skipped,
        reward: metrics.reward,
        checkpoint: head.id === from.id ? null : head.id,
      });
      environment.telemetry.record({ kind: "step-made", step });
      return { step: step.id, checkpoint: head.id };
    };
    if (update.updates === 0) return curriculum.transaction(() => record(from));
    const checkpoint = {
      runId: run.id,
      iterationId: null,
      role,
      policyVersion,
      parents: [from.id],
      metrics: checkpointFields(metrics),
      weights: update.weightsAfter,
    };
    let recorded: StepMade | undefined;
    await saveCheckpoint(environment, policy, checkpoint, (saved) => {
      recorded = record(saved);
    });
    await pruneCheckpoints(environment, run.id);
    return recorded;
  } finally {
    letGo();
    await trainer.close();
  }
}
