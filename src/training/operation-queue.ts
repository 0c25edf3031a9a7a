/**
 * Every long job, one at a time and in order: there is one device. What is queued, running or ended is in the database,
 * so a restart goes on with what was queued; what was running when the process was killed has failed (`interrupted`).
 */

import type { Attempt } from "../records/idempotency.ts";
import type {
  EventType,
  Failure,
  JobState,
  Operation,
  OperationEvent,
  OperationKind,
  OperationProgress,
} from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";
import type { EventLog } from "./event-log.ts";
import { failureOf } from "./failures.ts";
import { ServiceError } from "./services.ts";

/** What a running operation may say and must listen to. */
export interface Work {
  readonly operation: Operation;
  /** Aborted by a cancellation or the shutdown; the work ends within one step. */
  readonly signal: AbortSignal;
  emit(type: EventType, data: OperationEvent["data"]): void;
  progress(progress: OperationProgress): void;
  /** Ids of what it makes. */
  setResources(ids: readonly string[]): void;
}

export interface OperationHandler {
  /** Does the work; the result is stored. */
  run(work: Work): Promise<unknown>;
  /**
   * Cleans up after work that did not complete: cancelled or failed, also before it ever ran or in a process that died.
   * What the work wrote has ids above `mark`; null where it never ran.
   */
  abandon(operation: Operation, state: "failed" | "cancelled", failure: Failure, mark: string | null): void;
}

export type OperationHandlers = Readonly<Record<OperationKind, OperationHandler>>;

export interface NewWork {
  readonly kind: OperationKind;
  readonly runId: string | null;
  readonly request: unknown;
  /** Makes the rows it works on, in the transaction that queues it. Returns their ids. */
  readonly prepare?: (operationId: string) => readonly string[];
  /** Of the request that asks for it. */
  readonly attempt?: Attempt;
}

const CANCELLED: Failure = { code: "cancelled", message: "the operation was cancelled" };
const INTERRUPTED: Failure = { code: "interrupted", message: "the service stopped while the operation was running" };

const TERMINAL_EVENT = {
  completed: "operation.completed",
  failed: "operation.failed",
  cancelled: "operation.cancelled",
} as const satisfies Partial<Record<JobState, EventType>>;

export class OperationQueue {
  readonly #environment: Environment;
  readonly #events: EventLog;
  readonly #handlers: OperationHandlers;
  #running: { readonly id: string; readonly abort: AbortController } | null = null;
  #draining: Promise<void> | null = null;
  #stopping = false;

  constructor(environment: Environment, events: EventLog, handlers: OperationHandlers) {
    this.#environment = environment;
    this.#events = events;
    this.#handlers = handlers;
  }

  /** At start: ends what a killed process left running, then goes on with what is queued. */
  start(): void {
    const { operations } = this.#environment.curriculum;
    for (const operation of operations.unfinished()) {
      if (operation.state === "running") this.#end(operation, "failed", { error: INTERRUPTED });
    }
    this.#drain();
  }

  /** What an earlier sending of the same request queued; null where there is nothing yet. */
  queuedBy(attempt: Attempt | undefined): Operation | null {
    const [id] = attempt?.made ?? [];
    return id === undefined ? null : this.#environment.curriculum.operations.get(id);
  }

  /** Throws ServiceError `too-many-queued`. */
  submit(work: NewWork): Operation {
    const { curriculum, maxQueued } = this.#environment;
    const { operations } = curriculum;
    if (this.#stopping) throw new ServiceError("conflict", "the service is shutting down");
    const waiting = operations.unfinished().length;
    if (waiting >= maxQueued) throw new ServiceError("too-many-queued", `${waiting} operations are waiting already`);
    const id = curriculum.makeId("operation");
    const operation = curriculum.transaction(() => {
      operations.insert({
        id,
        kind: work.kind,
        state: "queued",
        runId: work.runId,
        resources: [],
        request: work.request,
        result: null,
        error: null,
        progress: null,
        createdAt: timestamp(this.#environment),
        startedAt: null,
        finishedAt: null,
      });
      operations.setResources(id, work.prepare?.(id) ?? []);
      work.attempt?.note([id]);
      return operations.get(id);
    });
    this.#events.append(id, "operation.queued", { queuePosition: operation.queuePosition });
    this.#drain();
    return operation;
  }

  /** Queued: ends at once. Running: told to end. Ended: nothing. Returns its state now. */
  cancel(id: string): Operation {
    const { operations } = this.#environment.curriculum;
    const operation = operations.get(id);
    if (operation.state === "queued") this.#end(operation, "cancelled", {});
    else if (this.#running?.id === id) this.#running.abort.abort(CANCELLED);
    return operations.get(id);
  }

  /** Ends the running operation as `interrupted` and starts no other; what is queued stays queued. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#running?.abort.abort(INTERRUPTED);
    await this.#draining;
  }

  /** Resolves when nothing is running or queued. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  #drain(): void {
    if (this.#draining !== null || this.#stopping) return;
    this.#draining = this.#runAll().finally(() => {
      this.#draining = null;
    });
    this.#draining.catch((error: unknown) => {
      this.#environment.log.error({ err: error }, "the queue stopped: an operation's end could not be stored");
    });
  }

  async #runAll(): Promise<void> {
    // Not in the caller's turn: whoever submits sees the operation queued.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#stopping) {
      const next = this.#environment.curriculum.operations.next();
      if (next === null) return;
      await this.#run(next.id);
    }
  }

  async #run(id: string): Promise<void> {
    const { curriculum, log } = this.#environment;
    const operation = curriculum.operations.setState(id, "running", timestamp(this.#environment));
    const abort = new AbortController();
    this.#running = { id, abort };
    try {
      this.#events.append(id, "operation.started", { kind: operation.kind, mark: curriculum.makeId("operation") });
      const result = await this.#handlers[operation.kind].run({
        operation,
        signal: abort.signal,
        emit: (type, data) => this.#events.append(id, type, data),
        progress: (progress) => curriculum.operations.setProgress(id, progress),
        setResources: (ids) => curriculum.operations.setResources(id, ids),
      });
      this.#end(operation, "completed", { result: result ?? null });
    } catch (error) {
      if (abort.signal.reason === CANCELLED) this.#end(operation, "cancelled", {});
      else if (abort.signal.reason === INTERRUPTED) this.#end(operation, "failed", { error: INTERRUPTED });
      else {
        log.error({ err: error, operation: id, run: operation.runId }, `operation ${operation.kind} failed`);
        this.#end(operation, "failed", { error: failureOf(error) });
      }
    } finally {
      this.#running = null;
    }
  }

  #end(
    operation: Operation,
    state: keyof typeof TERMINAL_EVENT,
    outcome: { readonly result?: unknown; readonly error?: Failure },
  ): void {
    const { curriculum, telemetry } = this.#environment;
    const ended = curriculum.transaction(() => {
      if (state !== "completed") {
        const started = this.#events.after(operation.id, 0, 10).find(({ type }) => type === "operation.started");
        const mark = typeof started?.data.mark === "string" ? started.data.mark : null;
        this.#handlers[operation.kind].abandon(operation, state, outcome.error ?? CANCELLED, mark);
      }
      const now = curriculum.operations.setState(operation.id, state, timestamp(this.#environment), outcome);
      this.#events.append(operation.id, TERMINAL_EVENT[state], outcome.error ? { error: outcome.error } : {});
      return now;
    });
    telemetry.record({ kind: "operation-ended", operation: ended });
  }
}
