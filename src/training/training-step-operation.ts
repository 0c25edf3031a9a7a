/** One GRPO step by hand: the same update the loop makes, then a checkpoint, and the run's head moves to it. */
import type { WeightsDigest } from "../policy/policy.ts";
import type { Step } from "../records/records.ts";
import { mean } from "../rzero/metrics.ts";
import { checkpointFields } from "./checkpoint-metrics.ts";
import { saveCheckpoint } from "./checkpoint-store.ts";
import { type Environment, timestamp } from "./environment.ts";
import { grpoUpdate } from "./grpo-update.ts";
import type { OperationHandler, Work } from "./operation-queue.ts";
import { klReference, openRoleTrainer } from "./role-trainer.ts";
import { createSampler } from "./sampler.ts";
import { meanParts } from "./sampling-metrics.ts";
import { samplingOnly } from "./sampling-operation.ts";
import { storedGroups, type TrainRequest, uploadedGroups, uploadedRecords } from "./training-batch.ts";

export function trainingStepOperation(environment: Environment): OperationHandler {
  return samplingOnly(environment, (work) => trainOnce(environment, work));
}

async function trainOnce(environment: Environment, work: Work): Promise<unknown> {
  const { curriculum } = environment;
  const request = work.operation.request as TrainRequest;
  const { role } = request;
  const run = curriculum.runs.get(request.run);
  const policy = await environment.policy.get();
  const batch = request.groups ? uploadedGroups(policy, request) : storedGroups(environment, run, request);
  const from = curriculum.checkpoints.get(role === "solver" ? run.solverCheckpointId : run.challengerCheckpointId);
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
    const checkpoint =
      update.updates === 0
        ? from
        : await saveCheckpoint(environment, policy, {
            runId: run.id,
            iterationId: null,
            role,
            policyVersion,
            parents: [from.id],
            metrics: checkpointFields(metrics),
            weights: update.weightsAfter,
          });
    const previous = curriculum.steps.latest(run.id, role);
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
      seconds: (environment.now().getTime() - started) / 1000,
    };
    curriculum.transaction(() => {
      curriculum.steps.insert(step);
      curriculum.runs.setCheckpoint(run.id, role, checkpoint.id);
    });
    await curriculum.rollouts.setStep(
      step.id,
      rollouts.map(({ id }) => id),
    );
    work.setResources([step.id]);
    environment.telemetry.record({ kind: "step-made", step });
    work.emit("step.completed", {
      step: step.id,
      role,
      number: step.number,
      policyVersion,
      skipped: step.skipped,
      reward: metrics.reward,
    });
    return { step: step.id, checkpoint: checkpoint.id };
  } finally {
    letGo();
    await trainer.close();
  }
}
