/** One child process at a time: starts when needed, answers one request at a time, is killed when it takes too long. */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AnswerPair } from "../grader.ts";
import type { Verdict } from "../verdict.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** Of the child's heap; what needs more is not worth grading. */
const HEAP_MB = 256;
/** Starting is not the answer's fault: it has its own, generous limit. */
const START_MS = 60_000;

export type Outcome = readonly Verdict[] | "too-slow" | "died";

export class GradingProcess {
  #child: ChildProcess | null = null;
  /** How often a child was started. */
  starts = 0;

  get processId(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Verdicts on all pairs; or why there are none, and then the child is gone. */
  async ask(pairs: readonly AnswerPair[], milliseconds: number): Promise<Outcome> {
    const child = this.#child ?? (await this.#start());
    if (child === null) return "died";
    const answer = this.#next(child, milliseconds);
    child.send({ pairs } satisfies ToWorker, (error) => {
      if (error) child.kill("SIGKILL");
    });
    const message = await answer;
    if (typeof message === "string") return message;
    return "verdicts" in message ? message.verdicts : "died";
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
    this.#child = null;
  }

  async #start(): Promise<ChildProcess | null> {
    this.starts++;
    const child = forkWorker();
    this.#child = child;
    child.once("exit", () => {
      if (this.#child === child) this.#child = null;
    });
    const message = await this.#next(child, START_MS);
    return typeof message === "string" ? null : child;
  }

  /** The child's next message. It holds this process open only while something is asked. */
  #next(child: ChildProcess, milliseconds: number): Promise<FromWorker | "too-slow" | "died"> {
    child.ref();
    child.channel?.ref();
    return new Promise((resolve) => {
      const settle = (outcome: FromWorker | "too-slow" | "died") => {
        clearTimeout(timer);
        child.off("message", onMessage);
        child.off("exit", onExit);
        child.off("error", onExit);
        child.unref();
        child.channel?.unref();
        if (typeof outcome === "string") {
          child.kill("SIGKILL");
          if (this.#child === child) this.#child = null;
        }
        resolve(outcome);
      };
      const onMessage = (message: unknown) => settle(message as FromWorker);
      const onExit = () => settle("died");
      const timer = setTimeout(() => settle("too-slow"), milliseconds);
      child.on("message", onMessage);
      child.on("exit", onExit);
      child.on("error", onExit);
    });
  }
}

/** A TypeScript entry gets tsx as its loader, whatever started this process; compiled JavaScript needs none. */
function forkWorker(): ChildProcess {
  const entry = fileURLToPath(
    new URL(import.meta.url.endsWith(".ts") ? "./grading-worker.ts" : "./grading-worker.js", import.meta.url),
  );
  const loader = entry.endsWith(".ts")
    ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
    : [];
  return fork(entry, [], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // Nothing of the service's environment is the child's business.
    env: { PATH: process.env.PATH },
    execArgv: [...loader, `--max-old-space-size=${HEAP_MB}`],
  });
}
