/** Who works next on the device: calls that have not begun, and calls that paused to let others work. */
import type { Priority, ToChild } from "./protocol.ts";

export type Call = Extract<ToChild, { kind: "call" }>;

/** A call that is waiting or running, and the signal that ends it. */
export interface QueuedCall extends Call {
  readonly signal: AbortSignal;
}

/** Begins a call, or goes on with one that paused; settles when it pauses or ends. */
export type Turn = () => Promise<void>;

interface Waiting {
  readonly id: number;
  readonly begun: boolean;
  readonly turn: Turn;
}

/** After so many turns of interactive calls a waiting batch call gets one: nobody can hold up training for good. */
const interactiveTurns = 4;

/**
 * Two lines; the interactive one goes first. Interactive calls take turns, so that each gets its share. Batch calls do not: one
 * that paused goes on before the next begins.
 */
export class CallQueue {
  readonly #waiting: Readonly<Record<Priority, Waiting[]>> = { interactive: [], batch: [] };
  readonly #controllers = new Map<number, AbortController>();
  #interactiveInARow = 0;

  /** @param begin its first turn */
  add(call: Call, begin: (call: QueuedCall) => Promise<void>): void {
    const controller = new AbortController();
    this.#controllers.set(call.id, controller);
    const turn = () => begin({ ...call, signal: controller.signal });
    this.#waiting[call.priority].push({ id: call.id, begun: false, turn });
  }

  paused({ id, priority }: Call, turn: Turn): void {
    const waiting = { id, begun: true, turn };
    if (priority === "interactive") this.#waiting.interactive.push(waiting);
    else this.#waiting.batch.unshift(waiting);
  }

  next(): Turn | undefined {
    const { interactive, batch } = this.#waiting;
    const batchIsDue = batch.length > 0 && this.#interactiveInARow >= interactiveTurns;
    const line = batchIsDue || interactive.length === 0 ? batch : interactive;
    this.#interactiveInARow = line === interactive ? this.#interactiveInARow + 1 : 0;
    return line.shift()?.turn;
  }

  finished(id: number): void {
    this.#controllers.delete(id);
  }

  /**
   * A call that has not begun is taken out; one that has gets its signal aborted and ends itself at its next turn; one that
   * has ended is ended.
   * @returns true if the call had not begun, so that nobody else will answer it.
   */
  cancel(id: number): boolean {
    this.#controllers.get(id)?.abort();
    for (const line of Object.values(this.#waiting)) {
      const index = line.findIndex((call) => call.id === id && !call.begun);
      if (index < 0) continue;
      line.splice(index, 1);
      this.#controllers.delete(id);
      return true;
    }
    return false;
  }
}
