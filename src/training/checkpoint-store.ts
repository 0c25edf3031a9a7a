/** Checkpoints on the disk and in the database: a row never names a folder that is not whole. */
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Policy, WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";

const FOLDER = "checkpoints";

export type NewCheckpoint = Pick<
  Checkpoint,
  "runId" | "iterationId" | "role" | "policyVersion" | "parents" | "metrics"
> & { readonly weights: WeightsDigest };

/** The Hugging Face folder of a checkpoint. Rows hold it relative to the data directory, which may move. */
export function checkpointFolder({ dataDirectory }: Pick<Environment, "dataDirectory">, directory: string): string {
  return join(dataDirectory, directory);
}

/** Saves the weights, then their row; where the row is refused, the folder goes again. */
export async function saveCheckpoint(
  environment: Environment,
  policy: Policy,
  { weights, ...rest }: NewCheckpoint,
): Promise<Checkpoint> {
  const { curriculum } = environment;
  const id = curriculum.makeId("checkpoint");
  const directory = `${FOLDER}/${id}`;
  const folder = checkpointFolder(environment, directory);
  await mkdir(join(environment.dataDirectory, FOLDER), { recursive: true });
  const saved = await policy.save(weights, folder);
  const checkpoint: Checkpoint = {
    id,
    ...rest,
    model: policy.model.name,
    digest: saved.weights,
    directory,
    bytes: saved.bytes,
    createdAt: timestamp(environment),
  };
  try {
    curriculum.checkpoints.insert(checkpoint);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await environment.weights.adopt(policy, saved.weights);
  return checkpoint;
}

/** The checkpoint of the model's own weights, made the first time somebody needs it. */
export async function baseCheckpoint(environment: Environment, policy: Policy): Promise<Checkpoint> {
  const { name, baseWeights } = policy.model;
  const known = environment.curriculum.checkpoints.base(name, baseWeights);
  if (known !== null) return known;
  return saveCheckpoint(environment, policy, {
    runId: null,
    iterationId: null,
    role: "base",
    policyVersion: 0,
    parents: [],
    metrics: {},
    weights: baseWeights,
  });
}

/** Removes folders by their rows' `directory`; ones that are gone already are fine. */
export async function removeFolders(environment: Environment, directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    await rm(checkpointFolder(environment, directory), { recursive: true, force: true });
  }
}

/** A folder for work in passing. No row names it, so what a killed process left of it goes at the next start. */
export async function scratchFolder({ dataDirectory }: Environment): Promise<string> {
  await mkdir(join(dataDirectory, FOLDER), { recursive: true });
  return mkdtemp(join(dataDirectory, FOLDER, "scratch-"));
}

/** At start: removes what a process left that was killed between a folder and its row. Returns the names. */
export async function removeOrphans(environment: Environment): Promise<readonly string[]> {
  const names = await readdir(join(environment.dataDirectory, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const orphans = names.filter((name) => environment.curriculum.checkpoints.find(name) === null);
  await removeFolders(
    environment,
    orphans.map((name) => `${FOLDER}/${name}`),
  );
  return orphans;
}
