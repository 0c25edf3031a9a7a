/** The batch of a step by hand: stored rollouts that were scored, or completions with rewards from the caller. */
import type { Policy, WeightsDigest } from "../policy/policy.ts";
import type { Role, Rollout, Run } from "../records/records.ts";
import type { Environment } from "./environment.ts";
import type { TrainableRollout } from "./grpo-update.ts";
import { ServiceError, type TrainingStepService } from "./services.ts";

export type TrainRequest = Parameters<TrainingStepService["train"]>[0];

export interface TrainingBatch {
  readonly groups: readonly (readonly TrainableRollout[])[];
  readonly temperature: number;
  /** Ids of the stored rollouts, as in `groups`; empty for uploaded ones. */
  readonly rollouts: readonly (readonly Rollout[])[];
}

/** Each solution is a group; the rollouts that wrote `questions` are one. Throws ServiceError `invalid-value`. */
export function storedGroups({ curriculum }: Environment, run: Run, request: TrainRequest): TrainingBatch {
  const { role, solutions, questions } = request;
  const field = role === "solver" ? "solutions" : "questions";
  const given = role === "solver" ? solutions : questions;
  const other = role === "solver" ? questions : solutions;
  if (!given?.length || other !== undefined) {
    throw new ServiceError("invalid-value", `a ${role} trains on \`${field}\` or on \`groups\`, and on one of them`, {
      field,
      value: given,
    });
  }
  const rollouts =
    role === "solver"
      ? given.map((id) => curriculum.rollouts.ofSolution(curriculum.solutions.get(id).id))
      : [rolloutsOfQuestions(curriculum, given)];
  const all = rollouts.flat();
  for (const rollout of all) checkTrainable(rollout, run, role, field);
  const head = curriculum.checkpoints.get(role === "solver" ? run.solverCheckpointId : run.challengerCheckpointId);
  const temperature = all[0]!.temperature;
  for (const { id, temperature: own, weights } of all) {
    if (own !== temperature) {
      throw new ServiceError("invalid-value", `rollout ${id} was sampled at ${own}, others at ${temperature}`, {
        field,
        value: id,
      });
    }
    if (weights !== head.digest && own !== 1) {
      throw new ServiceError(
        "invalid-value",
        `rollout ${id} was written by earlier weights at temperature ${own}: only at 1 can the two be compared`,
        { field, value: id },
      );
    }
  }
  // A batch has old log-probabilities for all of its rollouts or for none.
  const stale = all.some(({ weights }) => weights !== head.digest);
  return { groups: rollouts.map((group) => group.map((each) => trainable(each, stale))), temperature, rollouts };
}

function rolloutsOfQuestions(curriculum: Environment["curriculum"], ids: readonly string[]): readonly Rollout[] {
  return curriculum.rollouts.getMany(
    curriculum.questions.getMany(ids).map(({ id, rolloutId }, index) => {
      if (rolloutId !== null) return rolloutId;
      throw new ServiceError("invalid-value", `question ${id} was not written by a Challenger`, {
        field: `questions.${index}`,
        value: id,
      });
    }),
  );
}

function checkTrainable({ id, runId, reward }: Rollout, run: Run, role: Role, field: string): void {
  if (runId !== run.id) {
    throw new ServiceError("invalid-value", `rollout ${id} belongs to ${runId}, not to ${run.id}`, {
      field,
      value: id,
    });
  }
  if (reward === null) {
    throw new ServiceError("invalid-value", `rollout ${id} of the ${role} has no reward yet: score it first`, {
      field,
      value: id,
    });
  }
}

/** What earlier weights wrote is compared with what they thought of it then. */
function trainable(rollout: Rollout, stale: boolean): TrainableRollout {
  const { promptTokenIds, tokenIds, rawLogprobs, reward } = rollout;
  return { promptTokenIds, tokenIds, rawLogprobs, reward: reward!, ...(stale ? { oldLogprobs: rawLogprobs } : {}) };
}

/** The caller's completions get the end-of-text token that a finished one has. Throws ServiceError. */
export function uploadedGroups(policy: Policy, { groups, solutions, questions }: TrainRequest): TrainingBatch {
  if (!groups?.length || solutions !== undefined || questions !== undefined) {
    throw new ServiceError("invalid-value", "give `groups`, `solutions` or `questions`, and one of them only", {
      field: "groups",
    });
  }
  const { tokenizer, model } = policy;
  const end = model.eosTokenIds.slice(0, 1);
  const encoded = groups.map(({ prompt, rollouts }, group) => {
    const promptTokenIds = tokenizer.encode(prompt);
    return rollouts.map(({ text, reward }, index): TrainableRollout => {
      const field = `groups.${group}.rollouts.${index}`;
      const tokenIds = [...tokenizer.encode(text), ...end];
      if (promptTokenIds.length === 0 || tokenIds.length === 0) {
        throw new ServiceError("invalid-value", "prompt and completion have at least one token each", { field });
      }
      if (!Number.isFinite(reward)) {
        throw new ServiceError("invalid-value", `reward is ${reward}`, { field: `${field}.reward`, value: reward });
      }
      const length = promptTokenIds.length + tokenIds.length;
      if (length > model.contextLength) {
        throw new ServiceError(
          "context-length-exceeded",
          `prompt and completion make ${length} tokens; ${model.name} holds ${model.contextLength}`,
          { field, value: length },
        );
      }
      return { promptTokenIds, tokenIds, rawLogprobs: new Float32Array(), reward };
    });
  });
  return { groups: encoded, temperature: 1, rollouts: [] };
}

/** Rows of uploaded rollouts: nothing is known of how they were sampled. */
export function uploadedRecords(
  { curriculum, now }: Environment,
  request: TrainRequest,
  batch: TrainingBatch,
  advantages: readonly (readonly number[])[],
  standing: { readonly weights: WeightsDigest; readonly policyVersion: number },
): Rollout[] {
  return request.groups!.flatMap(({ prompt, rollouts }, group) =>
    rollouts.map(({ text, reward }, sample): Rollout => {
      const { promptTokenIds, tokenIds } = batch.groups[group]![sample]!;
      return {
        id: curriculum.makeId("rollout"),
        runId: request.run,
        role: request.role,
        questionId: null,
        solutionId: null,
        stepId: null,
        group,
        sample,
        seed: 0,
        prompt,
        text,
        promptTokenIds,
        tokenIds,
        sampledLogprobs: new Float32Array(),
        rawLogprobs: new Float32Array(),
        finishReason: "stop",
        temperature: batch.temperature,
        ...standing,
        answer: null,
        verdict: null,
        reward,
        rewardParts: null,
        advantage: advantages[group]![sample]!,
        createdAt: now().toISOString(),
      };
    }),
  );
}
