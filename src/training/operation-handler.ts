/** What each kind of long work is to the queue that runs it. */
import type {
  EventType,
  Failure,
  Operation,
  OperationEvent,
  OperationKind,
  OperationProgress,
} from "../records/records.ts";

/** What a running operation may say and must listen to. */
export interface Work {
  readonly operation: Operation;
  /** Aborted by a cancellation, a pause or the shutdown; the work ends within one step. */
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
   * Takes back what the work left half-made when it stopped, so that `run` may be called again and ends as if nothing had
   * happened. What the work wrote has ids above `mark`.
   */
  rewind(operation: Operation, mark: string): void;
  /**
   * Cleans up after work that did not complete: cancelled or failed, also before it ever ran. What the work wrote has ids
   * above `mark`; null where it never ran.
   */
  abandon(operation: Operation, state: "failed" | "cancelled", failure: Failure, mark: string | null): void;
}

export type OperationHandlers = Readonly<Record<OperationKind, OperationHandler>>;
