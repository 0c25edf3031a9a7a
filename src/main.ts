/**
 * The composition root: the only file that sees everything. Reads the configuration, opens the database, starts opening
 * the model, listens, and takes it all down again on SIGTERM or SIGINT.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { type ServerType, serve } from "@hono/node-server";
import pino, { type Logger } from "pino";
import { createApp } from "../routes/app.ts";
import { answerUnreadable, patience } from "../routes/edge/unreadable-requests.ts";
import { LOCK, UNFINISHED_RESTORE } from "./backup/restore-data.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { type Curriculum, openCurriculum } from "./curriculum/curriculum.ts";
import { CurriculumError } from "./curriculum/curriculum-error.ts";
import { lockDataDirectory } from "./curriculum/data-lock.ts";
import { allDomains } from "./domains/domains.ts";
import { createBenchmarkLibrary } from "./evaluation/benchmark-library.ts";
import { openAiEndpoint } from "./evaluation/openai-judge.ts";
import { WorkerGrader } from "./grading/worker/worker-grader.ts";
import { createLog } from "./log.ts";
import { createOutbound } from "./outbound/outbound.ts";
import { measuredPolicy } from "./policy/measured-policy.ts";
import { createOnnxPolicy } from "./policy/onnx-policy.ts";
import { createPrometheus } from "./telemetry/prometheus.ts";
import { createServices } from "./training/create-services.ts";
import { LoadedWeights } from "./training/loaded-weights.ts";
import { openInBackground } from "./training/policy-source.ts";

/** A problem whoever started the service can read and solve; it gets one line, not a stack. */
class StartError extends Error {
  override readonly name = "StartError";
}

/** Bytes of log that wait for a slow reader; beyond them lines are lost rather than memory. */
const LOG_BACKLOG = 16 * 1024 * 1024;

const RESTORE = "restore a backup into another folder, as OPERATIONS.md says";

/** Seconds a shutdown may take before the process ends anyway. */
const SHUTDOWN_SECONDS = 20;

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

async function main(): Promise<void> {
  const config = readConfig(process.env);
  // Not synchronous: a pipe whose reader is slow would hold the event loop. What is left at the end, pino writes at exit.
  const log = createLog(config.logLevel, pino.destination({ sync: false, maxLength: LOG_BACKLOG }));
  const dataDirectory = resolve(config.dataDirectory);
  const unlock = claim(dataDirectory);
  const now = () => new Date();
  const curriculum = openData(dataDirectory, () => now().getTime());
  const telemetry = createPrometheus({
    version,
    process: true,
    readings: {
      operations: () => running.services.health.queue(),
      ready: () => running.services.health.ready().ready,
    },
  });
  const policy = openInBackground(async () => measuredPolicy(await openModel(config, log), telemetry));
  policy.get().then(
    ({ model }) =>
      log.info({ model: model.name, device: model.device, reason: model.deviceReason }, "the model is open"),
    (error: unknown) => log.error({ error: String(error) }, "the model cannot be opened"),
  );
  const grader = new WorkerGrader();
  const domains = allDomains(grader);
  const outbound = createOutbound({ allow: config.outboundAllow, userAgent: `rzero/${version}` });
  const running = createServices({
    curriculum,
    policy,
    weights: new LoadedWeights(curriculum, dataDirectory),
    domains,
    benchmarks: createBenchmarkLibrary({ directory: resolve(config.benchmarksDirectory), domains, grader }),
    judge: config.judge && openAiEndpoint({ ...config.judge, outbound, random: Math.random }),
    dataDirectory,
    backupsDirectory: resolve(config.backupsDirectory),
    keepCheckpoints: config.keepCheckpoints,
    now,
    random: Math.random,
    log,
    telemetry,
    outbound,
    maxQueued: config.maxQueued,
  });
  const app = createApp({
    services: running.services,
    idempotency: curriculum.idempotency,
    version,
    clock: now,
    log,
    apiKeyHashes: config.apiKeyHashes,
    limits: { requestsPerMinute: config.rateLimit, concurrentRequests: config.maxConcurrent },
    telemetry,
  });

  const server = await listen(app.fetch, config).catch(async (error: unknown) => {
    await policy.close();
    curriculum.close();
    unlock();
    throw error;
  });
  answerUnreadable(server as Server, log);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  log.info(
    { host: config.host, port, version, data: dataDirectory },
    `listening on http://${urlHost(config.host)}:${port}`,
  );
  const started = running.start();

  const shutDown = async (signal: NodeJS.Signals): Promise<void> => {
    log.info({ signal }, "shutting down");
    setTimeout(() => {
      log.error({ seconds: SHUTDOWN_SECONDS }, "the shutdown takes too long; ending anyway");
      process.exit(1);
    }, SHUTDOWN_SECONDS * 1000).unref();
    const closed = new Promise<void>((done) => server.close(() => done()));
    await started;
    await running.stop();
    grader.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    await closed;
    await policy.close();
    curriculum.close();
    unlock();
    log.info({}, "stopped");
    process.exit(0);
  };
  // Before anybody can have been answered: who sees the service may end it.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, (received) => void shutDown(received));
  await started;
}

/** Makes the data directory and locks it: a second service would take the first one's work for a crash's remains. */
function claim(dataDirectory: string): () => void {
  try {
    mkdirSync(dataDirectory, { recursive: true });
    const unlock = lockDataDirectory(join(dataDirectory, LOCK));
    if (!existsSync(join(dataDirectory, UNFINISHED_RESTORE))) return unlock;
    unlock();
    throw new StartError(
      `a restore into ${dataDirectory} was cut off; run it again, or set RZERO_DATA_DIR to another folder`,
    );
  } catch (error) {
    if (error instanceof CurriculumError && error.code === "conflict") {
      throw new StartError(`another service works on ${dataDirectory}; set RZERO_DATA_DIR to another folder`);
    }
    throw unwritable(dataDirectory, error) ?? error;
  }
}

/** @throws StartError where the file is of a newer version, damaged, or not to be written to */
function openData(dataDirectory: string, now: () => number): Curriculum {
  try {
    return openCurriculum({
      file: join(dataDirectory, "rzero.sqlite"),
      now,
      random: Math.random,
      onDamage: ({ message }) => {
        process.stderr.write(`rzero: ${message}; ${RESTORE}\n`);
        process.exit(1);
      },
    });
  } catch (error) {
    if (error instanceof CurriculumError && error.code === "damaged-database") {
      throw new StartError(`${error.message}; ${RESTORE}`);
    }
    if (error instanceof CurriculumError && error.code === "incompatible-database") throw new StartError(error.message);
    throw unwritable(dataDirectory, error) ?? error;
  }
}

/** Null where the error is another one. */
function unwritable(dataDirectory: string, error: unknown): StartError | null {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (!/^(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|SQLITE_CANTOPEN|SQLITE_READONLY)/.test(code)) return null;
  return new StartError(`${dataDirectory} cannot be written to (${code}); set RZERO_DATA_DIR to another folder`);
}

function openModel(config: Config, log: Logger) {
  return createOnnxPolicy({
    modelDirectory: resolve(config.modelsDirectory, config.model),
    threads: config.threads ?? availableParallelism(),
    device: config.device,
    ...(config.memoryMiB === null ? {} : { memory: config.memoryMiB * 2 ** 20 }),
    ...(config.idleSeconds === 0 ? {} : { idleSeconds: config.idleSeconds }),
    onIdle: () => log.info({ seconds: config.idleSeconds }, "the engine was idle and has given its memory back"),
    silenceSeconds: config.silenceSeconds,
    onDeviceOutput: (line) => log.warn({ line }, "the device process wrote something"),
  });
}

/** Resolves once it listens. */
function listen(fetch: Parameters<typeof serve>[0]["fetch"], { host, port }: Config): Promise<ServerType> {
  return new Promise((done, failed) => {
    const server = serve({ fetch, hostname: host, port, serverOptions: patience }, () => done(server));
    server.once("error", (error: NodeJS.ErrnoException) => failed(listenError(error, host, port)));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new StartError(`port ${port} on ${host} is in use already; set RZERO_PORT to another one`);
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return new StartError(`${host} is no address of this machine; set RZERO_HOST to one that is`);
  }
  if (error.code === "EACCES") return new StartError(`port ${port} may not be opened by this user; set RZERO_PORT`);
  return error;
}

const urlHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);

main().catch((error: unknown) => {
  const readable = error instanceof ConfigError || error instanceof StartError;
  process.stderr.write(`rzero: ${readable ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
