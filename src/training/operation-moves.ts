/**
 * How an operation gets from state to state: each move in one transaction with what belongs to it, its events and what its
 * handler takes back. Which moves there are says curriculum/job-transitions.ts; when one is made, operation-runner.ts.
 */
import type { EventType, Failure, JobState, Operation } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";
import type { EventLog } from "./event-log.ts";
import type { OperationHandlers } from "./operation-handler.ts";

const CANCELLED: Failure = { code: "cancelled", message: "the operation was cancelled" };

/** Times an operation goes on after an interruption without having made anything new; then it is the one who interrupts. */
const RESUMES = 10;
/** What an operation emits when it has made something that stays; and a pause, which somebody wanted. */
const NOT_IN_VAIN: readonly EventType[] = [
  "step.completed",
  "phase.completed",
  "iteration.completed",
  "operation.paused",
];

const TERMINAL_EVENT = {
  completed: "operation.completed",
  failed: "operation.failed",
  cancelled: "operation.cancelled",
} as const satisfies Partial<Record<JobState, EventType>>;

/** What operations are moved and run over. */
export interface OperationWorld {
  readonly environment: Environment;
  readonly events: EventLog;
  readonly handlers: OperationHandlers;
}

export class OperationMoves {
  readonly #environment: Environment;
  readonly #events: EventLog;
  readonly #handlers: OperationHandlers;

  constructor({ environment, events, handlers }: OperationWorld) {
    this.#environment = environment;
    this.#events = events;
    this.#handlers = handlers;
  }

  /** queued -> running, for the first time or again. */
  begin(id: string): Operation {
    const { curriculum } = this.#environment;
    return curriculum.transaction(() => {
      const { startedAt } = curriculum.operations.get(id);
      const begun = this.#setState(id, "running");
      if (startedAt !== null) this.#events.append(id, "operation.resumed", { kind: begun.kind });
      else this.#events.append(id, "operation.started", { kind: begun.kind, mark: curriculum.makeId("operation") });
      return begun;
    });
  }

  /** running -> queued, from where it goes on. One that never gets on is what stops the service: it has failed. */
  suspend(operation: Operation): void {
    const { curriculum, log } = this.#environment;
    const resumes = this.#resumesInVain(operation.id);
    if (resumes >= RESUMES) {
      const message = `the service stopped ${resumes + 1} times in a row while the operation was running`;
      this.end(operation, "failed", { error: { code: "interrupted", message } });
      return;
    }
    curriculum.transaction(() => {
      this.#takeBack(operation);
      this.#setState(operation.id, "queued");
    });
    log.info(
      { operation: operation.id, run: operation.runId },
      `operation ${operation.kind} was interrupted and goes on`,
    );
  }

  /** Whether it may be suspended once more, and not fail. */
  maySuspend(id: string): boolean {
    return this.#resumesInVain(id) < RESUMES;
  }

  /** queued or running -> paused. Throws CurriculumError `invalid-transition` for one that has ended. */
  pause(operation: Operation): void {
    this.#environment.curriculum.transaction(() => {
      // First, as in a suspension: handlers look for what still runs.
      if (operation.state === "running") this.#takeBack(operation);
      this.#setState(operation.id, "paused");
      this.#events.append(operation.id, "operation.paused", {});
    });
  }

  /** paused -> queued. */
  unpause(id: string): void {
    this.#environment.curriculum.transaction(() => {
      const { queuePosition } = this.#setState(id, "queued");
      this.#events.append(id, "operation.queued", { queuePosition });
    });
  }

  end(
    operation: Operation,
    state: keyof typeof TERMINAL_EVENT,
    outcome: { readonly result?: unknown; readonly error?: Failure } = {},
  ): void {
    const { curriculum, telemetry } = this.#environment;
    const ended = curriculum.transaction(() => {
      if (state !== "completed") {
        const mark = this.#markOf(operation.id);
        this.#handlers[operation.kind].abandon(operation, state, outcome.error ?? CANCELLED, mark);
      }
      const now = this.#setState(operation.id, state, outcome);
      this.#events.append(operation.id, TERMINAL_EVENT[state], outcome.error ? { error: outcome.error } : {});
      return now;
    });
    telemetry.record({ kind: "operation-ended", operation: ended });
  }

  #setState(id: string, to: JobState, outcome?: { readonly result?: unknown; readonly error?: Failure }): Operation {
    return this.#environment.curriculum.operations.setState(id, to, timestamp(this.#environment), outcome);
  }

  #takeBack(operation: Operation): void {
    const mark = this.#markOf(operation.id);
    if (mark !== null) this.#handlers[operation.kind].rewind(operation, mark);
  }

  /** Ids of what the operation wrote are above it; null where it never ran. */
  #markOf(id: string): string | null {
    const sequence = this.#environment.curriculum.events.last(id, ["operation.started"]);
    const [started] = sequence === 0 ? [] : this.#events.after(id, sequence - 1, 1);
    return typeof started?.data.mark === "string" ? started.data.mark : null;
  }

  #resumesInVain(id: string): number {
    const { events } = this.#environment.curriculum;
    return events.count(id, "operation.resumed", events.last(id, NOT_IN_VAIN));
  }
}
