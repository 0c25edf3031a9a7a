/**
 * Events of operations: stored first, with the webhook messages that tell of them, then told to whoever follows. A follower
 * reads from the store, so it misses none.
 */
import type { EventType, OperationEvent } from "../records/records.ts";
import type { Outbox } from "../webhooks/outbox.ts";
import { type Environment, timestamp } from "./environment.ts";

const PAGE = 100;

const TERMINAL: readonly EventType[] = ["operation.completed", "operation.failed", "operation.cancelled"];
export const isTerminal = ({ type }: OperationEvent): boolean => TERMINAL.includes(type);

export class EventLog {
  readonly #environment: Pick<Environment, "curriculum" | "now">;
  readonly #outbox: Pick<Outbox, "tell">;
  readonly #followers = new Map<string, Set<() => void>>();

  constructor(environment: Pick<Environment, "curriculum" | "now">, outbox: Pick<Outbox, "tell">) {
    this.#environment = environment;
    this.#outbox = outbox;
  }

  append(operationId: string, type: EventType, data: OperationEvent["data"]): void {
    const { curriculum } = this.#environment;
    curriculum.transaction(() => {
      const event = { operationId, type, data, createdAt: timestamp(this.#environment) };
      this.#outbox.tell(curriculum.events.append(event));
    });
    for (const wake of [...(this.#followers.get(operationId) ?? [])]) wake();
  }

  after(operationId: string, after: number, limit: number): readonly OperationEvent[] {
    return this.#environment.curriculum.events.after(operationId, after, limit);
  }

  /** Events after `after`, stored and then live; ends with the terminal event or the signal. */
  async *follow(operationId: string, after: number, signal: AbortSignal): AsyncGenerator<OperationEvent, void> {
    const ended = this.#environment.curriculum.operations.get(operationId).finishedAt !== null;
    for (let last = after; !signal.aborted; ) {
      // Listening starts before reading: what is appended in between wakes us.
      const waiting = this.#next(operationId, signal);
      try {
        const events = this.after(operationId, last, PAGE);
        for (const event of events) {
          if (signal.aborted) return;
          yield event;
          last = event.sequence;
          if (isTerminal(event)) return;
        }
        if (events.length === PAGE) continue;
        if (ended) return;
        await waiting.woken;
      } finally {
        waiting.stop();
      }
    }
  }

  /** Resolves with true when the operation's next event is appended, false after `milliseconds`. */
  async wait(operationId: string, milliseconds: number): Promise<boolean> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), milliseconds);
    const waiting = this.#next(operationId, timeout.signal);
    try {
      await waiting.woken;
    } finally {
      clearTimeout(timer);
      waiting.stop();
    }
    return !timeout.signal.aborted;
  }

  #next(operationId: string, signal: AbortSignal): { readonly woken: Promise<void>; readonly stop: () => void } {
    const followers = this.#followers.get(operationId) ?? new Set();
    this.#followers.set(operationId, followers);
    let stop!: () => void;
    const woken = new Promise<void>((resolve) => {
      const wake = () => resolve();
      followers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
      stop = () => {
        followers.delete(wake);
        if (followers.size === 0 && this.#followers.get(operationId) === followers) this.#followers.delete(operationId);
        signal.removeEventListener("abort", wake);
      };
    });
    return { woken, stop };
  }
}
