/** Which call the device runs next. */
import type { Priority, ToChild } from "./protocol.ts";

export type Call = Extract<ToChild, { kind: "call" }>;

/** A call that is waiting or running, and the signal that ends it. */
export interface QueuedCall extends Call {
  readonly signal: AbortSignal;
}

/** Two lines, oldest first in each; the interactive one is served before the batch one. */
export class CallQueue {
  readonly #waiting: Readonly<Record<Priority, QueuedCall[]>> = { interactive: [], batch: [] };
  readonly #controllers = new Map<number, AbortController>();

  add(call: Call): void {
    const controller = new AbortController();
    this.#controllers.set(call.id, controller);
    this.#waiting[call.priority].push({ ...call, signal: controller.signal });
  }

  next(): QueuedCall | undefined {
    return this.#waiting.interactive.shift() ?? this.#waiting.batch.shift();
  }

  finished(id: number): void {
    this.#controllers.delete(id);
  }

  /**
   * A waiting call is taken out; a running one has its signal aborted and ends itself; one that has ended is ended.
   * @returns true if the call was waiting, so that nobody else will answer it.
   */
  cancel(id: number): boolean {
    this.#controllers.get(id)?.abort();
    for (const line of Object.values(this.#waiting)) {
      const index = line.findIndex((call) => call.id === id);
      if (index < 0) continue;
      line.splice(index, 1);
      this.#controllers.delete(id);
      return true;
    }
    return false;
  }
}
