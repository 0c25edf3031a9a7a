/** Checkpoints on the disk and in the database: a row never names a folder that is not whole. */
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Policy, WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";
import { ServiceError } from "./services.ts";

const FOLDER = "checkpoints";

export type NewCheckpoint = Pick<
  Checkpoint,
  "runId" | "iterationId" | "role" | "policyVersion" | "parents" | "metrics"
> & { readonly weights: WeightsDigest };

/**
 * The folder of a checkpoint. Rows hold it relative to the data directory, which may move; base weights lie where their
 * model does, since a second copy of a large model is worth nothing.
 */
export async function checkpointFolder(
  environment: Environment,
  { id, model, directory }: Checkpoint,
): Promise<string> {
  if (directory !== "") return join(environment.dataDirectory, directory);
  const served = (await environment.policy.get()).model;
  if (served.name === model && served.directory !== null) return served.directory;
  throw new ServiceError("conflict", `checkpoint ${id} is ${model} itself, and this service serves ${served.name}`, {
    value: id,
  });
}

/** Throws ServiceError `pruned` where the weights are gone. */
export function requireWeights({ id, prunedAt }: Pick<Checkpoint, "id" | "prunedAt">): void {
  if (prunedAt === null) return;
  throw new ServiceError("pruned", `the weights of checkpoint ${id} were pruned at ${prunedAt}`, { value: id });
}

/**
 * Saves the weights, then their row; where the row is refused, the folder goes again. `together`: what is written in the
 * row's transaction.
 */
export async function saveCheckpoint(
  environment: Environment,
  policy: Policy,
  { weights, ...rest }: NewCheckpoint,
  together?: (checkpoint: Checkpoint) => void,
): Promise<Checkpoint> {
  const { curriculum } = environment;
  const id = curriculum.makeId("checkpoint");
  const directory = `${FOLDER}/${id}`;
  const folder = join(environment.dataDirectory, directory);
  await mkdir(join(environment.dataDirectory, FOLDER), { recursive: true });
  const saved = await policy.save(weights, folder);
  const checkpoint: Checkpoint = {
    id,
    ...rest,
    model: policy.model.name,
    digest: saved.weights,
    directory,
    bytes: saved.bytes,
    pinned: false,
    prunedAt: null,
    createdAt: timestamp(environment),
  };
  try {
    curriculum.transaction(() => {
      curriculum.checkpoints.insert(checkpoint);
      together?.(checkpoint);
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await environment.weights.adopt(policy, saved.weights);
  return checkpoint;
}

/** The checkpoint of the model's own weights, made the first time somebody needs it. */
export async function baseCheckpoint(environment: Environment, policy: Policy): Promise<Checkpoint> {
  const { name, baseWeights, directory: own } = policy.model;
  const { curriculum } = environment;
  const known = curriculum.checkpoints.base(name, baseWeights);
  if (known !== null) return known;
  const fields = { runId: null, iterationId: null, role: "base", policyVersion: 0, parents: [], metrics: {} } as const;
  if (own === null) return saveCheckpoint(environment, policy, { ...fields, weights: baseWeights });
  const checkpoint: Checkpoint = {
    id: curriculum.makeId("checkpoint"),
    ...fields,
    model: name,
    digest: baseWeights,
    directory: "",
    bytes: await folderBytes(own),
    pinned: false,
    prunedAt: null,
    createdAt: timestamp(environment),
  };
  curriculum.checkpoints.insert(checkpoint);
  return checkpoint;
}

/** The files of a checkpoint's folder, by name, in order. Whatever else is in a model's own folder is none of it. */
export async function folderFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  return names.sort();
}

async function folderBytes(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await folderFiles(folder)).map(async (name) => (await stat(join(folder, name))).size),
  );
  return sizes.reduce((a, b) => a + b, 0);
}

/** A folder for work in passing. No row names it, so what a killed process left of it goes at the next start. */
export async function scratchFolder({ dataDirectory }: Environment): Promise<string> {
  await mkdir(join(dataDirectory, FOLDER), { recursive: true });
  return mkdtemp(join(dataDirectory, FOLDER, "scratch-"));
}

/** At start: removes what a process left that was killed between a folder and what its row says of it. Returns the names. */
export async function removeOrphans(environment: Environment): Promise<readonly string[]> {
  const names = await readdir(join(environment.dataDirectory, FOLDER)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const wanted = (name: string) => environment.curriculum.checkpoints.find(name)?.prunedAt === null;
  const orphans = names.filter((name) => !wanted(name));
  await environment.removal.remove(orphans.map((name) => `${FOLDER}/${name}`));
  return orphans;
}
