/** Checkpoints: listed, streamed as a tar of their Hugging Face folder, deleted where no run stands on them. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { Checkpoint } from "../records/records.ts";
import { checkpointFolder, removeFolders } from "./checkpoint-store.ts";
import type { Environment } from "./environment.ts";
import { type CheckpointService, ServiceError } from "./services.ts";

export function createCheckpointService(environment: Environment): CheckpointService {
  const { checkpoints, operations } = environment.curriculum;
  return {
    list: (page, filter) => checkpoints.list(page, filter),
    get: (id) => checkpoints.get(id),
    download: (id) => archive(environment, checkpoints.get(id)),
    delete: async (id) => {
      const { runId } = checkpoints.get(id);
      const working = operations.unfinished().find((operation) => runId !== null && operation.runId === runId);
      if (working) {
        throw new ServiceError("conflict", `run ${runId} has a ${working.state} operation, ${working.id}`, {
          value: working.id,
        });
      }
      await removeFolders(environment, [checkpoints.delete(id).directory]);
    },
  };
}

/** `<id>/<file>` for each file, in the order of their names; modification times are the checkpoint's. */
async function* archive(environment: Environment, checkpoint: Checkpoint): AsyncGenerator<Uint8Array> {
  const folder = checkpointFolder(environment, checkpoint.directory);
  const names = (await readdir(folder)).sort();
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
