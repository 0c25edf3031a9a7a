/**
 * Every long job, one at a time and in order: there is one device. What is queued, running or ended is in the database,
 * so a restart goes on: what was running when the process stopped takes back what it left half-made and is queued again,
 * first in the line, since it is the oldest. Where the disk is full or fails, the queue waits and tries again.
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
import { isStorageTrouble } from "./storage-trouble.ts";

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
   * Takes back what the work left half-made when its process stopped, so that `run` may be called again and ends as if
   * nothing had happened. What the work wrote has ids above `mark`.
   */
  rewind(operation: Operation, mark: string): void;
  /**
   * Cleans up after work that did not complete: cancelled or failed, also before it ever ran. What the work wrote has ids
   * above `mark`; null where it never ran.
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
const SUSPENDED = Symbol("the service stops; the operation goes on when it starts again");

/** Times an operation goes on after an interruption without having made anything new; then it is the one who interrupts. */
const RESUMES = 10;
/** Milliseconds until the disk is tried again: the first wait, doubled each time up to the last. */
const STORAGE_WAIT = { first: 5000, last: 300_000 };
/** What an operation emits when it has made something that stays. */
const MADE: readonly EventType[] = ["step.completed", "phase.completed", "iteration.completed"];

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
  /** Times in a row that storage failed, and the timer that tries again. */
  #troubles = 0;
  #waiting: NodeJS.Timeout | null = null;

  constructor(environment: Environment, events: EventLog, handlers: OperationHandlers) {
    this.#environment = environment;
    this.#events = events;
    this.#handlers = handlers;
  }

  /** At start: queues what a killed process left running, then goes on with what is queued. */
  start(): void {
    const { operations } = this.#environment.curriculum;
    for (const operation of operations.unfinished()) {
      if (operation.state === "running") this.#suspend(operation);
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

  /** Suspends the running operation and starts no other; all of them go on at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#running?.abort.abort(SUSPENDED);
    await this.#settled();
  }

  /** Resolves when nothing is running or queued. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#settled();
  }

  /** What is being worked on is over, also where its end could not be stored: `#wait` knows. */
  async #settled(): Promise<void> {
    await this.#draining?.catch(() => undefined);
  }

  #drain(): void {
    if (this.#draining !== null || this.#stopping || this.#waiting !== null) return;
    this.#draining = this.#runAll().finally(() => {
      this.#draining = null;
    });
    this.#draining.catch((error: unknown) => this.#wait(error));
  }

  /** Nothing can be stored: try again, what ran first. */
  #wait(error: unknown): void {
    if (this.#stopping || this.#waiting !== null) return;
    const milliseconds = Math.min(STORAGE_WAIT.first * 2 ** this.#troubles++, STORAGE_WAIT.last);
    const message = `the queue waits ${milliseconds / 1000} s: what happened could not be stored`;
    this.#environment.log.error({ err: error }, message);
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      try {
        this.start();
      } catch (again) {
        this.#wait(again);
      }
    }, milliseconds);
    this.#waiting.unref();
  }

  async #runAll(): Promise<void> {
    // Not in the caller's turn: whoever submits sees the operation queued.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#stopping && this.#waiting === null) {
      const next = this.#environment.curriculum.operations.next();
      if (next === null) return;
      await this.#run(next.id);
    }
  }

  async #run(id: string): Promise<void> {
    const { curriculum, log } = this.#environment;
    const operation = curriculum.transaction(() => {
      const { startedAt } = curriculum.operations.get(id);
      const begun = curriculum.operations.setState(id, "running", timestamp(this.#environment));
      if (startedAt !== null) this.#events.append(id, "operation.resumed", { kind: begun.kind });
      else this.#events.append(id, "operation.started", { kind: begun.kind, mark: curriculum.makeId("operation") });
      return begun;
    });
    const abort = new AbortController();
    this.#running = { id, abort };
    try {
      const result = await this.#handlers[operation.kind].run({
        operation,
        signal: abort.signal,
        emit: (type, data) => this.#events.append(id, type, data),
        progress: (progress) => curriculum.operations.setProgress(id, progress),
        setResources: (ids) => curriculum.operations.setResources(id, ids),
      });
      this.#end(operation, "completed", { result: result ?? null });
      this.#troubles = 0;
    } catch (error) {
      if (abort.signal.reason === CANCELLED) this.#end(operation, "cancelled", {});
      else if (abort.signal.reason === SUSPENDED) this.#suspend(operation);
      else if (isStorageTrouble(error) && this.#resumesInVain(id) < RESUMES) {
        this.#suspend(operation);
        this.#wait(error);
      } else {
        log.error({ err: error, operation: id, run: operation.runId }, `operation ${operation.kind} failed`);
        this.#end(operation, "failed", { error: failureOf(error) });
      }
    } finally {
      this.#running = null;
    }
  }

  /** Back into the queue, from where it goes on. An operation that never gets on is what stops the service: it has failed. */
  #suspend(operation: Operation): void {
    const { curriculum, log } = this.#environment;
    const resumes = this.#resumesInVain(operation.id);
    if (resumes >= RESUMES) {
      const message = `the service stopped ${resumes + 1} times in a row while the operation was running`;
      this.#end(operation, "failed", { error: { code: "interrupted", message } });
      return;
    }
    curriculum.transaction(() => {
      const mark = this.#markOf(operation.id);
      if (mark !== null) this.#handlers[operation.kind].rewind(operation, mark);
      curriculum.operations.setState(operation.id, "queued", timestamp(this.#environment));
    });
    log.info(
      { operation: operation.id, run: operation.runId },
      `operation ${operation.kind} was interrupted and goes on`,
    );
  }

  /** Ids of what the operation wrote are above it; null where it never ran. */
  #markOf(id: string): string | null {
    const started = this.#events.after(id, 0, 10).find(({ type }) => type === "operation.started");
    return typeof started?.data.mark === "string" ? started.data.mark : null;
  }

  #resumesInVain(id: string): number {
    const { events } = this.#environment.curriculum;
    return events.count(id, "operation.resumed", events.last(id, MADE));
  }

  #end(
    operation: Operation,
    state: keyof typeof TERMINAL_EVENT,
    outcome: { readonly result?: unknown; readonly error?: Failure },
  ): void {
    const { curriculum, telemetry } = this.#environment;
    const ended = curriculum.transaction(() => {
      if (state !== "completed") {
        const mark = this.#markOf(operation.id);
        this.#handlers[operation.kind].abandon(operation, state, outcome.error ?? CANCELLED, mark);
      }
      const now = curriculum.operations.setState(operation.id, state, timestamp(this.#environment), outcome);
      this.#events.append(operation.id, TERMINAL_EVENT[state], outcome.error ? { error: outcome.error } : {});
      return now;
    });
    telemetry.record({ kind: "operation-ended", operation: ended });
  }
}
