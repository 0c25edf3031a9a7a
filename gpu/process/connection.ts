/** One child from its start to its end, and the calls it owes an answer. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type ForkOptions, forkEntry } from "./fork.ts";
import { CallCancelled, DeviceProcessClosed, DeviceProcessCrashed, RemoteCallError } from "./process-errors.ts";
import type { FromChild, Priority, ToChild } from "./protocol.ts";

export interface CallOptions<P = unknown> {
  /** Ends the call: the promise rejects with CallCancelled once the child has stopped working on it. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (value: P) => void;
  /** Default `batch`. */
  readonly priority?: Priority;
}

interface PendingCall {
  readonly method: string;
  readonly options: CallOptions;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface ConnectionOptions extends ForkOptions {
  readonly onOutput?: (line: string) => void;
  /** Seconds a child that works may say nothing, before it is taken for hanging and killed. Default: as long as it takes. */
  readonly silenceSeconds?: number;
}

const linesKept = 20;
/** How long after its exit a child's pipes are waited for: a process of its own may hold them open. */
const drainMilliseconds = 500;

export class Connection {
  /** Resolves once the child serves; rejects with DeviceProcessCrashed or DeviceProcessClosed if it never does. */
  readonly ready: Promise<void>;
  /** Resolves when the child is gone and its output read, with how it ended. Never rejects. */
  readonly ended: Promise<DeviceProcessCrashed>;
  /** False from the moment the child is gone or cannot be reached. */
  alive = true;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, PendingCall>();
  readonly #lastOutput: string[] = [];
  #nextId = 1;
  #closing = false;
  /** Why no call can be answered any more. */
  #failure: Error | undefined;
  readonly #silenceSeconds: number;
  #lastSign = performance.now();
  #watch: NodeJS.Timeout | undefined;
  #hung = false;

  constructor(entry: URL, options: ConnectionOptions) {
    this.#child = forkEntry(entry, options);
    this.#silenceSeconds = options.silenceSeconds ?? Number.POSITIVE_INFINITY;
    for (const stream of [this.#child.stdout, this.#child.stderr])
      this.#keepLines(stream as Readable, options.onOutput);
    this.ended = this.#end();
    this.ready = new Promise((resolve, reject) => {
      this.#child.on("message", (message: FromChild) => {
        this.#lastSign = performance.now();
        if (message.kind === "ready") resolve();
        else if (message.kind !== "beat") this.#receive(message);
      });
      void this.ended.then((crash) => {
        this.#failure = this.#closing ? new DeviceProcessClosed() : crash;
        reject(this.#failure);
        for (const call of this.#calls.values()) call.reject(this.#failure);
        this.#calls.clear();
        clearInterval(this.#watch);
      });
    });
    // Whoever calls learns of a failed start; nobody may have called yet.
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  call(method: string, params: unknown, options: CallOptions): Promise<unknown> {
    const { signal, priority = "batch" } = options;
    if (signal?.aborted) return Promise.reject(new CallCancelled(method, signal.reason));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const cancel = () => this.#send({ kind: "cancel", id });
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#calls.set(id, { method, options, resolve, reject });
    });
    this.#watchIt();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      this.#send({ kind: "call", id, method, params, priority });
    } catch (error) {
      // Parameters that cannot be cloned.
      this.#take(id)?.reject(error as Error);
    }
    return answered.finally(() => signal?.removeEventListener("abort", cancel));
  }

  /** Ends the child: it exits once the call it is in returns to the event loop, or is killed after `graceMilliseconds`. */
  async close(graceMilliseconds: number): Promise<void> {
    this.#closing = true;
    this.alive = false;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMilliseconds);
    await this.ended;
    clearTimeout(timer);
  }

  #send(message: ToChild): void {
    // A failure to write means that the child is gone: its exit rejects the call, with the reason.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#calls.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    return call;
  }

  /** While it has work: how long it has been silent. Silence counts from when it had something to say. */
  #watchIt(): void {
    if (this.#watch !== undefined || !Number.isFinite(this.#silenceSeconds)) return;
    this.#lastSign = performance.now();
    this.#watch = setInterval(
      () => {
        if (performance.now() - this.#lastSign < this.#silenceSeconds * 1000) return;
        this.#hung = true;
        this.#child.kill("SIGKILL");
      },
      Math.min(this.#silenceSeconds * 250, 5000),
    );
    this.#watch.unref();
  }

  #receive(message: Exclude<FromChild, { kind: "ready" | "beat" }>): void {
    if (message.kind === "progress") {
      this.#calls.get(message.id)?.options.onProgress?.(message.value);
      return;
    }
    const call = this.#take(message.id);
    if (message.kind === "result") call?.resolve(message.value);
    else if (message.kind === "error") call?.reject(new RemoteCallError(call.method, message.error));
    else call?.reject(new CallCancelled(call.method, call.options.signal?.reason));
  }

  #keepLines(stream: Readable, onOutput: ((line: string) => void) | undefined): void {
    createInterface({ input: stream }).on("line", (line) => {
      this.#lastOutput.push(line);
      if (this.#lastOutput.length > linesKept) this.#lastOutput.shift();
      onOutput?.(line);
    });
  }

  #end(): Promise<DeviceProcessCrashed> {
    const child = this.#child;
    return new Promise((resolve) => {
      const ended = (code: number | null, signal: string | null) => {
        this.alive = false;
        const silence = this.#hung ? this.#silenceSeconds : null;
        resolve(new DeviceProcessCrashed(child.pid, code, signal, this.#lastOutput, silence));
      };
      // It could not be started at all.
      child.on("error", (error) => {
        if (child.pid !== undefined) return;
        this.#lastOutput.push(error.message);
        ended(null, null);
      });
      child.on("exit", (code, signal) => {
        this.alive = false;
        const timer = setTimeout(() => ended(code, signal), drainMilliseconds);
        child.on("close", () => {
          clearTimeout(timer);
          ended(code, signal);
        });
      });
      // A child that closed the channel and lives on can never answer.
      child.on("disconnect", () => {
        this.alive = false;
        if (!this.#closing) child.kill("SIGKILL");
      });
    });
  }
}
