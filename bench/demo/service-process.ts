/** A service of the demo's own: started, watched, and ended by its process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DemoError } from "./demo-error.ts";
import { ServiceClient } from "./service-client.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface ServiceSettings {
  readonly folder: string;
  readonly port: number;
  readonly model: string;
  /** Of the engine; all cores unless told. */
  readonly threads?: number;
  /** What is started; the service itself unless told. */
  readonly program?: string;
  /** Seconds until it must be ready. */
  readonly patience?: number;
}

export interface ServiceProcess {
  readonly pid: number;
  readonly url: string;
  readonly log: string;
  /** Aborts when the process has ended; the reason is a DemoError that says how, with the last lines of its log. */
  readonly ended: AbortSignal;
  /** Resolves when it has ended: asked first, killed after `seconds`. */
  stop(seconds?: number): Promise<void>;
}

/** Seconds a service may take to end on its own. It ends within one step of its work. */
const STOP_SECONDS = 25;
const POLL_MS = 200;

/**
 * Resolves once it is ready. Throws DemoError with its own complaint or the last lines of its log where it is not, and the
 * signal's reason; either way nothing is left running.
 */
export async function startService(settings: ServiceSettings, signal: AbortSignal): Promise<ServiceProcess> {
  const { folder, patience = 120 } = settings;
  const log = join(folder, "service.log");
  const { child, ended } = spawnService(settings, log);
  let stopping: Promise<void> | null = null;
  const stop = (seconds = STOP_SECONDS): Promise<void> => {
    stopping ??= end(child, seconds);
    return stopping;
  };
  const deadline = AbortSignal.timeout(patience * 1000);
  try {
    const until = AbortSignal.any([signal, ended, deadline]);
    const url = await address(log, until);
    await ready(url, until);
    return { pid: child.pid!, url, log, ended, stop };
  } catch (error) {
    const late = deadline.aborted;
    // Where it ended by itself, this waits for the last of it; `ended` knows how.
    await stop();
    signal.throwIfAborted();
    if (late) throw new DemoError(`the service was not ready within ${patience} s; its last lines:\n${lastLines(log)}`);
    throw error instanceof DemoError || !ended.aborted ? error : ended.reason;
  }
}

function spawnService({ folder, port, model, threads, program }: ServiceSettings, log: string) {
  mkdirSync(folder, { recursive: true });
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  // An interactive ^C goes to a whole process group: in its own, the service is told to end once, by us.
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--import", join(ROOT, "bench/demo/end-with-parent.ts"), program ?? join(ROOT, "src/main.ts")],
    { detached: true, stdio: ["ignore", output, output, "ipc"], env: environment({ folder, port, model, threads }) },
  );
  closeSync(output);
  const ended = new AbortController();
  child.once("error", (error) => {
    ended.abort(new DemoError(`the service could not be started: ${error.message}`, { cause: error }));
  });
  child.once("exit", (code, killedBy) => {
    const how = code === null ? `by ${killedBy}` : `with code ${code}`;
    ended.abort(new DemoError(`the service ended ${how}; the last lines of ${log}:\n${lastLines(log)}`));
  });
  return { child, ended: ended.signal };
}

/** Ours, with what is the demo's business replaced. Keys would only lock the demo out of its own service. */
function environment({
  folder,
  port,
  model,
  threads,
}: Pick<ServiceSettings, "folder" | "port" | "model" | "threads">): NodeJS.ProcessEnv {
  const { RZERO_API_KEYS: _keys, ...inherited } = process.env;
  return {
    RZERO_MODELS_DIR: join(ROOT, "models"),
    ...inherited,
    RZERO_HOST: "127.0.0.1",
    RZERO_PORT: String(port),
    RZERO_DATA_DIR: folder,
    RZERO_MODEL: model,
    RZERO_LOG_LEVEL: "info",
    ...(threads === undefined ? {} : { RZERO_THREADS: String(threads) }),
  };
}

/** The service chooses a free port itself and says which; reading it there leaves no moment for another to take it. */
async function address(log: string, until: AbortSignal): Promise<string> {
  while (true) {
    until.throwIfAborted();
    const said = /"msg":"listening on (http:[^"]+)"/.exec(readFileSync(log, "utf8"));
    if (said !== null) return said[1]!;
    await sleep(POLL_MS, undefined, { signal: until });
  }
}

/** What the service says of a model that is being opened. Any other complaint is one it does not get over unasked. */
const OPENING = "opening";

async function ready(url: string, until: AbortSignal): Promise<void> {
  const client = new ServiceClient(url, { signal: until });
  while (true) {
    const { ready, checks } = await client.readiness();
    if (ready) return;
    const failed = Object.entries(checks).filter(([, { ok, detail }]) => !ok && detail !== OPENING);
    if (failed.length > 0) {
      const complaints = failed.map(([name, { detail }]) => `\n  ${name}: ${detail}`);
      throw new DemoError(`the service cannot do its work:${complaints.join("")}`);
    }
    await sleep(POLL_MS, undefined, { signal: until });
  }
}

async function end(child: ChildProcess, seconds: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const hard = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(hard);
}

export function lastLines(log: string, count = 15): string {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-count);
  return lines.map((line) => `  ${line}`).join("\n");
}
