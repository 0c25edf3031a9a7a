/** Starting the child. */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface ForkOptions {
  /** Beside the parent's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Node flags beside the inherited ones. */
  readonly execArgv?: readonly string[];
}

/** Flags of the parent that mean the same for the child. Loaders, inspectors and `--eval` do not. */
const inherited = /^--(max-old-space-size|max-semi-space-size|expose-gc|enable-source-maps|no-warnings)(=|$)/;

/**
 * Forks `entry` with structured-clone messages. A TypeScript entry gets tsx as its loader, whatever started the parent
 * (tsx, vitest); bundled JavaScript gets none and needs none installed. Output of the child comes through pipes: its
 * libraries may print, and the parent decides where that goes.
 */
export function forkEntry(entry: URL, options: ForkOptions): ChildProcess {
  const path = fileURLToPath(entry);
  const loader = path.endsWith(".ts")
    ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
    : [];
  return fork(path, [...(options.args ?? [])], {
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, ...options.env },
    execArgv: [...process.execArgv.filter((flag) => inherited.test(flag)), ...loader, ...(options.execArgv ?? [])],
  });
}
