/** The service as a child process with data of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const started: ChildProcess[] = [];
const folders: string[] = [];
/** For `afterEach`: ends what was started and removes its data. */
export async function endStarted(): Promise<void> {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Port and data folder of its own; no models unless RZERO_MODELS_DIR is given. `command`: what Node is given. */
export function startServiceProcess(
  environment: Record<string, string>,
  command: readonly string[] = ["--import", "tsx", "src/main.ts"],
  { uid }: { readonly uid?: number } = {},
) {
  const data = mkdtempSync(join(tmpdir(), "rzero-process-"));
  folders.push(data);
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("RZERO_")));
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...clean, RZERO_DATA_DIR: data, RZERO_MODELS_DIR: join(data, "no-models"), RZERO_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid }),
  });
  started.push(child);
  const output = { out: "", err: "" };
  child.stdout!.on("data", (chunk) => {
    output.out += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    output.err += chunk;
  });
  const exit = once(child, "exit").then(([code]) => code as number);
  const listening = async () => {
    for (;;) {
      const url = /listening on (http:[^"]+)"/.exec(output.out)?.[1];
      if (url) return url;
      if (child.exitCode !== null) throw new Error(`the service ended: ${output.err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, data, output, exit, listening };
}
