/** What `model` may name in a completion: the base, a run's two policies, a checkpoint. */
import type { ModelInfo, WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint, Role, Run } from "../records/records.ts";
import { requireWeights } from "./checkpoint-store.ts";
import type { Environment } from "./environment.ts";
import { type ModelService, type ServedModel, ServiceError } from "./services.ts";

const PAGE = { limit: 200, after: null };

/** Throws ServiceError `engine-crashed` while the model is still opening, `not-found` for what nothing is called, `pruned`. */
export function createModelService(environment: Environment): ModelService {
  const { runs, checkpoints } = environment.curriculum;
  const model = (): ModelInfo => {
    const policy = environment.policy.current();
    if (policy !== null) return policy.model;
    throw new ServiceError("engine-crashed", `the model is not there yet: ${environment.policy.state().detail}`);
  };
  const served = (id: string, kind: ServedModel["kind"], digest: string, created: string | null): ServedModel => {
    const { contextLength, parameters } = model();
    return {
      id,
      kind,
      digest,
      created: created === null ? 0 : Math.floor(Date.parse(created) / 1000),
      contextLength,
      parameters,
    };
  };
  const base = () => served(model().name, "base", model().baseWeights, null);
  const policyOf = (run: Run, role: Role) => {
    const id = role === "solver" ? run.solverCheckpointId : run.challengerCheckpointId;
    return served(`${run.id}/${role}`, "policy", checkpoints.get(id).digest, run.createdAt);
  };
  const ofCheckpoint = ({ id, digest, createdAt }: Checkpoint) => served(id, "checkpoint", digest, createdAt);

  return {
    // The newest of each: a list for choosing, not an archive; `runs` and `checkpoints` have pages.
    list: () => [
      base(),
      ...runs.list(PAGE).data.flatMap((run) => [policyOf(run, "challenger"), policyOf(run, "solver")]),
      ...checkpoints
        .list(PAGE, {})
        .data.filter(({ role, prunedAt }) => role !== "base" && prunedAt === null)
        .map(ofCheckpoint),
    ],
    get: (id) => {
      if (id === model().name) return base();
      const [runId, role, ...rest] = id.split("/");
      const run = rest.length === 0 && (role === "challenger" || role === "solver") ? runs.find(runId!) : null;
      if (run !== null) return policyOf(run, role as Role);
      const checkpoint = checkpoints.find(id);
      if (checkpoint !== null) {
        requireWeights(checkpoint);
        return ofCheckpoint(checkpoint);
      }
      throw new ServiceError("not-found", `there is no model ${JSON.stringify(id)}`, { field: "model", value: id });
    },
  };
}

export const weightsOf = ({ digest }: ServedModel): WeightsDigest => digest as WeightsDigest;
