/** Copying in a child process. */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Backup } from "../records/backup.ts";
import { BackupError, type BackupErrorCode } from "./backup-error.ts";
import type { CopyRequest } from "./copy-data.ts";

/** `copied`: 0..1 of the checkpoints. */
export type FromCopy =
  | { readonly copied: number }
  | { readonly backup: Backup }
  | { readonly failed: BackupErrorCode; readonly message: string };

/** As `copyData`; aborted, the child is killed wherever it is, and what it wrote is the caller's to remove. */
export async function copyInChild(
  request: CopyRequest,
  signal: AbortSignal,
  tell: (copied: number) => void,
): Promise<Backup> {
  signal.throwIfAborted();
  const child = forkCopy();
  const over = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    // One that could not be started has no exit.
    child.once("error", () => resolve());
  });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  try {
    return await new Promise<Backup>((resolve, reject) => {
      child.on("message", (message: FromCopy) => {
        if ("copied" in message) tell(message.copied);
        else if ("backup" in message) resolve(message.backup);
        else reject(new BackupError(message.failed, message.message));
      });
      child.on("error", reject);
      child.once("exit", (code, by) => {
        reject(
          signal.aborted ? signal.reason : new BackupError("failed", `the process that copies ended (${by ?? code})`),
        );
      });
      child.send(request);
    });
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
    await over;
  }
}

/** A TypeScript entry gets tsx as its loader, whatever started this process; compiled JavaScript needs none. */
function forkCopy(): ChildProcess {
  const entry = fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "./copy-process.ts" : "./copy-process.js", import.meta.url),
  );
  const loader = entry.endsWith(".ts")
    ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
    : [];
  return fork(entry, [], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // Nothing of the service's environment is the child's business.
    env: { PATH: process.env.PATH },
    execArgv: loader,
  });
}
