/** Checkpoints: listed, pinned, streamed as a tar of their folder or of the whole model they make, deleted where no run stands on them. */
import { createReadStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Checkpoint } from "../records/records.ts";
import { checkpointFolder, folderFiles, requireWeights, scratchFolder } from "./checkpoint-store.ts";
import type { Environment } from "./environment.ts";
import { serviceError } from "./failures.ts";
import { type CheckpointService, ServiceError } from "./services.ts";

export function createCheckpointService(environment: Environment): CheckpointService {
  const { checkpoints, operations } = environment.curriculum;
  return {
    list: (page, filter) => checkpoints.list(page, filter),
    get: (id) => checkpoints.get(id),
    download: (id, { merged = false } = {}) => {
      const checkpoint = checkpoints.get(id);
      requireWeights(checkpoint);
      return merged ? mergedArchive(environment, checkpoint) : ownArchive(environment, checkpoint);
    },
    update: (id, { pinned }) => {
      if (pinned) requireWeights(checkpoints.get(id));
      return checkpoints.setPinned(id, pinned);
    },
    delete: async (id) => {
      const { runId } = checkpoints.get(id);
      const working = operations.unfinished().find((operation) => runId !== null && operation.runId === runId);
      if (working) {
        throw new ServiceError("conflict", `run ${runId} has a ${working.state} operation, ${working.id}`, {
          value: working.id,
        });
      }
      await environment.removal.remove([checkpoints.delete(id).directory]);
    },
  };
}

async function* ownArchive(environment: Environment, checkpoint: Checkpoint): AsyncGenerator<Uint8Array> {
  yield* archive(checkpoint, await checkpointFolder(environment, checkpoint));
}

/** `<id>/<file>` for each file, in the order of their names; modification times are the checkpoint's. */
async function* archive(checkpoint: Checkpoint, folder: string): AsyncGenerator<Uint8Array> {
  const names = await folderFiles(folder);
  const tar = pack();
  const writing = (async () => {
    for (const name of names) {
      const path = join(folder, name);
      const { size } = await stat(path);
      const entry = tar.entry({ name: `${checkpoint.id}/${name}`, size, mtime: new Date(checkpoint.createdAt) });
      await pipeline(createReadStream(path), entry);
    }
    tar.finalize();
  })();
  // A reader that stops destroys the stream, which ends the writing; an error of the writing ends the reading.
  writing.catch((error: Error) => tar.destroy(error));
  yield* tar as AsyncIterable<Uint8Array>;
  await writing;
}

/** The whole model is written to a folder of its own, streamed, and removed however the stream ends. */
async function* mergedArchive(environment: Environment, checkpoint: Checkpoint): AsyncGenerator<Uint8Array> {
  const scratch = await scratchFolder(environment);
  try {
    const folder = join(scratch, checkpoint.id);
    await saveMerged(environment, checkpoint.digest as WeightsDigest, folder).catch((error: unknown) => {
      throw serviceError(error);
    });
    yield* archive(checkpoint, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function saveMerged(environment: Environment, weights: WeightsDigest, folder: string): Promise<void> {
  const policy = await environment.policy.get();
  const letGo = environment.weights.hold(weights);
  try {
    await environment.weights.ensure(policy, weights);
    await policy.saveMerged(weights, folder);
  } finally {
    letGo();
  }
}
