/** Environment -> typed configuration, or one readable refusal that lists everything wrong with it. */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { type AllowList, readAllowList } from "./outbound/allow-list.ts";
import { targetRefusal } from "./outbound/target.ts";

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the engine runs; `auto`: the engine chooses, and says why. */
export type Device = "auto" | "cpu" | "webgpu" | "cuda" | `cuda:${number}`;
const isDevice = (text: string): text is Device => /^(auto|cpu|webgpu|cuda(:\d{1,2})?)$/.test(text);

export interface Config {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Database and checkpoints. */
  readonly dataDirectory: string;
  /** Backups. */
  readonly backupsDirectory: string;
  /** Which checkpoints of a run keep their files: `all`, `best` (and the latest), or so many of the latest (and the best). */
  readonly keepCheckpoints: "all" | "best" | number;
  /** One Hugging Face folder per model. */
  readonly modelsDirectory: string;
  /** Folder name under `modelsDirectory`. */
  readonly model: string;
  /** Hex sha256 of each accepted key. Empty: no key is asked for. */
  readonly apiKeyHashes: readonly string[];
  readonly device: Device;
  /** Null: the engine decides. */
  readonly threads: number | null;
  /** MiB the engine may use. Null: half of the machine's. */
  readonly memoryMiB: number | null;
  /** Seconds without work after which the engine's process is let go; 0: never. */
  readonly idleSeconds: number;
  /** Seconds the engine may work without a sign of life. */
  readonly silenceSeconds: number;
  readonly logLevel: LogLevel;
  /** Operations that may wait at once. */
  readonly maxQueued: number;
  /** Requests a client (a key, or an address without one) may make in a minute; 0: any number. */
  readonly rateLimit: number;
  /** Requests of a client that may be answered at once. */
  readonly maxConcurrent: number;
  /** Data of benchmarks. */
  readonly benchmarksDirectory: string;
  /** Null: evaluations ask no judge. */
  readonly judge: { readonly baseUrl: string; readonly model: string; readonly apiKey: string | null } | null;
  /** What webhooks and evaluators may be sent to besides public addresses. */
  readonly outboundAllow: AllowList;
}

/** Every variable that is read, with what it means. README and `ConfigError` show it. */
export const ENVIRONMENT = {
  RZERO_HOST: "address to listen on (127.0.0.1)",
  RZERO_PORT: "port to listen on, 0 for any free one (8080)",
  RZERO_DATA_DIR: "folder of the database and the checkpoints (./data)",
  RZERO_BACKUPS_DIR: "folder of the backups (backups in RZERO_DATA_DIR)",
  RZERO_KEEP_CHECKPOINTS:
    "checkpoints of a run that keep their files: all, best, or how many of the latest, 1..999999 (all)",
  RZERO_MODELS_DIR: "folder with one Hugging Face folder per model (./models)",
  RZERO_MODEL: "name of the model to serve and train (abacus)",
  RZERO_API_KEYS: "accepted API keys of at least 16 characters, separated by commas (none)",
  RZERO_DEVICE: "auto, cpu, webgpu, cuda or cuda:1, cuda:2, ... (auto)",
  RZERO_THREADS: "CPU threads of the engine, 1..1024 (the engine decides)",
  RZERO_MEMORY: "MiB the engine may use, 256..16777216 (half of the machine's)",
  RZERO_IDLE_SECONDS: "seconds without work after which the engine's memory is given back, 0 for never (900)",
  RZERO_SILENCE_SECONDS: "seconds the engine may work without a sign of life before it is restarted, 5..86400 (1800)",
  RZERO_LOG_LEVEL: `one of ${LOG_LEVELS.join(", ")} (info)`,
  RZERO_MAX_QUEUED: "operations that may wait at once, 1..100000 (100)",
  RZERO_RATE_LIMIT: "requests a client may make in a minute, 0 for any number (120000; 6000 with API keys)",
  RZERO_MAX_CONCURRENT: "requests of a client that may be answered at once, 1..100000 (512; 64 with API keys)",
  RZERO_BENCHMARKS_DIR: "folder with the data of benchmarks (./benchmarks)",
  RZERO_JUDGE_URL: "OpenAI-compatible endpoint that judges answers, up to /v1 (none)",
  RZERO_JUDGE_MODEL: "model to ask there",
  RZERO_JUDGE_KEY: "API key to show there (none)",
  RZERO_OUTBOUND_ALLOW:
    "addresses, CIDR ranges and host names, besides public addresses, that webhooks may be sent to (none)",
} as const;

type Variable = keyof typeof ENVIRONMENT;

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const MIN_KEY_LENGTH = 16;

/** Throws ConfigError with every problem found, not only the first. Values of keys never appear in it. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const text = (name: Variable, standard: string): string => {
    const value = environment[name]?.trim();
    return value === undefined || value === "" ? standard : value;
  };
  const integer = (name: Variable, standard: string, low: number, high: number): number => {
    const value = text(name, standard);
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= low && number <= high) return number;
    problems.push(`${name} is ${JSON.stringify(value)}; expected an integer from ${low} to ${high}`);
    return low;
  };
  const choice = <T extends string>(name: Variable, standard: T, values: readonly T[]): T => {
    const value = text(name, standard);
    const found = values.find((each) => each === value);
    if (found === undefined) problems.push(`${name} is ${JSON.stringify(value)}; expected one of ${values.join(", ")}`);
    return found ?? standard;
  };

  const keepCheckpoints = (): Config["keepCheckpoints"] => {
    const value = text("RZERO_KEEP_CHECKPOINTS", "all");
    if (value === "all" || value === "best") return value;
    if (/^[1-9]\d{0,5}$/.test(value)) return Number(value);
    problems.push(
      `RZERO_KEEP_CHECKPOINTS is ${JSON.stringify(value)}; expected all, best or an integer from 1 to 999999`,
    );
    return "all";
  };

  const list = (name: Variable): string[] =>
    text(name, "")
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");

  const known: readonly string[] = Object.keys(ENVIRONMENT);
  for (const name of Object.keys(environment)) {
    if (name.startsWith("RZERO_") && !known.includes(name)) {
      problems.push(`${name} is not a variable of this service; there are ${known.join(", ")}`);
    }
  }
  const host = text("RZERO_HOST", "127.0.0.1");
  const keys = list("RZERO_API_KEYS");
  keys.forEach((key, index) => {
    if (key.length < MIN_KEY_LENGTH) {
      problems.push(
        `RZERO_API_KEYS: key ${index + 1} has ${key.length} characters; expected at least ${MIN_KEY_LENGTH}`,
      );
    }
  });
  if (!isLoopback(host) && keys.length === 0) {
    problems.push(
      `RZERO_HOST is ${JSON.stringify(host)}, which others can reach; set RZERO_API_KEYS or listen on 127.0.0.1`,
    );
  }
  const { allow, unreadable } = readAllowList(list("RZERO_OUTBOUND_ALLOW"));
  for (const entry of unreadable) {
    problems.push(
      `RZERO_OUTBOUND_ALLOW: ${JSON.stringify(entry)} is neither an address, nor a CIDR range, nor a host name`,
    );
  }
  const judgeUrl = text("RZERO_JUDGE_URL", "").replace(/\/+$/, "");
  const judgeModel = text("RZERO_JUDGE_MODEL", "");
  if ((judgeUrl === "") !== (judgeModel === "")) {
    problems.push("RZERO_JUDGE_URL and RZERO_JUDGE_MODEL belong together; one of them is missing");
  }
  const refusal = judgeUrl === "" ? null : targetRefusal(judgeUrl, allow);
  if (refusal !== null) problems.push(`RZERO_JUDGE_URL cannot be called: ${refusal}`);
  const judgeKey = text("RZERO_JUDGE_KEY", "");
  const given = text("RZERO_DEVICE", "auto");
  const device = isDevice(given) ? given : "auto";
  if (!isDevice(given)) {
    problems.push(`RZERO_DEVICE is ${JSON.stringify(given)}; expected auto, cpu, webgpu, cuda or cuda:n`);
  }
  const dataDirectory = text("RZERO_DATA_DIR", "./data");
  const model = text("RZERO_MODEL", "abacus");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(model)) {
    problems.push(`RZERO_MODEL is ${JSON.stringify(model)}; expected the name of a folder, not a path`);
  }
  const config: Config = {
    host,
    port: integer("RZERO_PORT", "8080", 0, 65_535),
    dataDirectory,
    backupsDirectory: text("RZERO_BACKUPS_DIR", join(dataDirectory, "backups")),
    keepCheckpoints: keepCheckpoints(),
    modelsDirectory: text("RZERO_MODELS_DIR", "./models"),
    model,
    apiKeyHashes: keys.map((key) => createHash("sha256").update(key).digest("hex")),
    device,
    threads: text("RZERO_THREADS", "") === "" ? null : integer("RZERO_THREADS", "", 1, 1024),
    memoryMiB: text("RZERO_MEMORY", "") === "" ? null : integer("RZERO_MEMORY", "", 256, 16_777_216),
    idleSeconds: integer("RZERO_IDLE_SECONDS", "900", 0, 31_536_000),
    silenceSeconds: integer("RZERO_SILENCE_SECONDS", "1800", 5, 86_400),
    logLevel: choice("RZERO_LOG_LEVEL", "info", LOG_LEVELS),
    maxQueued: integer("RZERO_MAX_QUEUED", "100", 1, 100_000),
    // Without keys it is one person's own machine: only a loop that has gone wild meets these.
    rateLimit: integer("RZERO_RATE_LIMIT", keys.length > 0 ? "6000" : "120000", 0, 10_000_000),
    maxConcurrent: integer("RZERO_MAX_CONCURRENT", keys.length > 0 ? "64" : "512", 1, 100_000),
    benchmarksDirectory: text("RZERO_BENCHMARKS_DIR", "./benchmarks"),
    judge: judgeUrl === "" ? null : { baseUrl: judgeUrl, model: judgeModel, apiKey: judgeKey === "" ? null : judgeKey },
    outboundAllow: allow,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** `localhost`, 127.0.0.0/8 and ::1. Anything else may be reached from outside. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
