/** The service as `npm start` starts it, on a free loopback port with data of its own, and its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The model that is served; a folder of this name with weights has to be in the models folder. */
export const SERVED_MODEL = "abacus";

export interface ServiceOptions {
  readonly modelsDirectory: string;
  readonly threads: number;
  /** Data that is there already, or stays when the service ends; a folder that goes with it if not given. */
  readonly data?: string;
  /** More settings of the service. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Service {
  readonly origin: string;
  /** performance.now() when the process was asked for. */
  readonly startedAt: number;
  readonly pid: number | undefined;
  /** Resolves when it is gone, however it ended. */
  readonly ended: Promise<void>;
  /** Throws what the process wrote if it has ended. */
  assertAlive(): void;
  /** SIGTERM as a supervisor sends it; SIGKILL for all it started if that does not end it. */
  stop(): Promise<void>;
}

/** A supervisor waits longer than the service's own limit for a shutdown. */
const patienceMs = 30_000;
const keptLines = 20;

/** @throws Error that names the folder without a model in it */
export function requireModel(modelsDirectory: string): void {
  const weights = join(modelsDirectory, SERVED_MODEL, "model.safetensors");
  if (!existsSync(weights))
    throw new Error(
      `${weights} is not there: make the model with \`npm run pretrain\` or name its parent with --models`,
    );
}

export async function startService({
  modelsDirectory,
  threads,
  data: kept,
  environment,
}: ServiceOptions): Promise<Service> {
  requireModel(modelsDirectory);
  const [file, ...args] = await startCommand();
  const data = kept ?? (await mkdtemp(join(tmpdir(), "rzero-bench-")));
  const port = await freePort();
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("RZERO_"));
  const env = {
    ...Object.fromEntries(inherited),
    RZERO_PORT: String(port),
    RZERO_DATA_DIR: data,
    RZERO_MODELS_DIR: modelsDirectory,
    RZERO_MODEL: SERVED_MODEL,
    RZERO_THREADS: String(threads),
    ...environment,
  };
  const startedAt = performance.now();
  // A group of its own, so that nothing it started can stay behind.
  const child = spawn(file!, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const killGroup = () => killAll(child);
  const onExit = () => {
    killGroup();
    if (kept === undefined) rmSync(data, { recursive: true, force: true });
  };
  process.once("exit", onExit);
  if (kept !== undefined) void ended.then(() => process.off("exit", onExit));
  let tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      tail = [...tail, ...text.split("\n").filter((line) => line !== "")].slice(-keptLines);
    });
  }
  child.once("error", (error) => tail.push(error.message));
  return {
    origin: `http://127.0.0.1:${port}`,
    startedAt,
    pid: child.pid,
    ended,
    assertAlive() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the service ended with ${child.exitCode ?? child.signalCode}; it wrote:\n${tail.join("\n")}`);
    },
    async stop() {
      child.kill("SIGTERM");
      const impatient = setTimeout(killGroup, patienceMs);
      await ended;
      clearTimeout(impatient);
      killGroup();
      process.off("exit", onExit);
      if (kept === undefined) await rm(data, { recursive: true, force: true });
    },
  };
}

/** package.json's `start` without npm around it: npm itself is not what is measured. */
async function startCommand(): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  const [program, ...args] = scripts.start.split(/\s+/);
  const installed = join(root, "node_modules", ".bin", program!);
  if (program === "node") return [process.execPath, ...args];
  return [existsSync(installed) ? installed : program!, ...args];
}

/** A process that is gone already is what we want. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
