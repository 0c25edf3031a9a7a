/** Runs: a Challenger and a Solver from one base model, and every value they work with. */

import type { Domain } from "../domains/domain.ts";
import type { Policy } from "../policy/policy.ts";
import type { Run } from "../records/records.ts";
import { modelProfile } from "../rzero/model-profiles.ts";
import { DEFAULT_PRESET, PRESETS } from "../rzero/presets.ts";
import { resolveRunConfig } from "../rzero/resolve-run-config.ts";
import type { RunConfig } from "../rzero/run-config.ts";
import { baseCheckpoint } from "./checkpoint-store.ts";
import { type Environment, freshSeed, timestamp } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import { requireEvaluator } from "./find-evaluator.ts";
import { type NewRun, type RunService, ServiceError } from "./services.ts";

export function createRunService(environment: Environment): RunService {
  const { curriculum } = environment;
  const { runs } = curriculum;
  return {
    create: async (request, attempt) => {
      const [made] = attempt?.made ?? [];
      if (made !== undefined) return runs.get(made);
      const run = await draftRun(environment, request);
      curriculum.transaction(() => {
        runs.insert(run);
        attempt?.note([run.id]);
      });
      return run;
    },
    list: (page) => runs.list(page),
    get: (id) => runs.get(id),
    update: (id, { labels }) => runs.setLabels(id, labels),
    delete: async (id) => {
      runs.get(id);
      const unfinished = curriculum.operations.unfinished().find(({ runId }) => runId === id);
      if (unfinished) {
        throw new ServiceError("conflict", `run ${id} has a ${unfinished.state} operation, ${unfinished.id}`, {
          value: unfinished.id,
        });
      }
      await environment.removal.remove(await runs.delete(id));
    },
    presets: () => PRESETS.map(({ name, description, config }) => ({ name, description, config })),
  };
}

/** A run as it would be stored; nothing but the checkpoint of the base weights is. Throws ServiceError `invalid-value`. */
export async function draftRun(
  environment: Environment,
  { model, domain, preset, seed, overrides, labels }: NewRun,
): Promise<Run> {
  const policy = await environment.policy.get();
  if (model !== undefined && model !== policy.model.name) {
    throw new ServiceError(
      "invalid-value",
      `there is no model ${JSON.stringify(model)}; there is ${policy.model.name}`,
      {
        field: "model",
        value: model,
      },
    );
  }
  const chosen = domainOf(environment, domain ?? environment.domains[0]!.name);
  const recipe = preset ?? DEFAULT_PRESET;
  const config = resolveRunConfig(recipe, modelProfile(policy.model, recipe), overrides ?? {});
  checkFits(config, policy, chosen);
  for (const kind of ["grader", "verifier", "gate"] as const) {
    const id = config.evaluators[kind];
    if (id !== null) requireEvaluator(environment, kind, id, `overrides.evaluators.${kind}`);
  }
  const base = await baseCheckpoint(environment, policy);
  return {
    id: environment.curriculum.makeId("run"),
    createdAt: timestamp(environment),
    model: policy.model.name,
    domain: chosen.name,
    preset: recipe,
    seed: seed ?? freshSeed(environment),
    labels: labels ?? {},
    config,
    challengerCheckpointId: base.id,
    solverCheckpointId: base.id,
    baseEvaluation: null,
    bestCheckpointId: null,
    stopReason: null,
  };
}

/** What depends on model and domain: lengths, and where log-probabilities of the reference can be compared. */
function checkFits(config: RunConfig, policy: Policy, domain: Domain): void {
  const { contextLength } = policy.model;
  const { renderChat, encode } = policy.tokenizer;
  const proposing = encode(renderChat(domain.challengerMessages())).length;
  const solving = encode(renderChat(domain.solverMessages(""))).length;
  const lengths = {
    "challenger.sampling": proposing + config.challenger.sampling.maxTokens,
    "pool.sampling": proposing + config.pool.sampling.maxTokens,
    "solver.sampling": solving + config.solver.sampling.maxTokens,
    "votes.sampling": solving + config.votes.sampling.maxTokens,
    "evaluation.sampling": solving + config.evaluation.sampling.maxTokens,
  };
  for (const [name, length] of Object.entries(lengths)) {
    if (length <= contextLength) continue;
    throw new ServiceError(
      "invalid-value",
      `prompt and maxTokens of ${name} make ${length} tokens; ${policy.model.name} holds ${contextLength}`,
      { field: `overrides.${name}.maxTokens`, value: length },
    );
  }
  for (const role of ["challenger", "solver"] as const) {
    const { klCoef, updatesPerStep, sampling } = config[role];
    if (sampling.temperature === 1 || (klCoef === 0 && updatesPerStep === 1)) continue;
    throw new ServiceError(
      "invalid-value",
      `a KL term or several updates per step need temperature 1, not ${sampling.temperature}: log-probabilities of the reference are of the raw distribution`,
      { field: `overrides.${role}.sampling.temperature`, value: sampling.temperature },
    );
  }
}
