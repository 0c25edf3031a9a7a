/** Waiting for the disk: what cannot be stored now is tried again in 5 s, then later and later, up to every five minutes. */
import type { Log } from "./environment.ts";

/** Milliseconds until the next try: the first wait, doubled each time up to the last. */
const WAIT = { first: 5000, last: 300_000 };

export class StorageWait {
  readonly #log: Log;
  readonly #again: () => void;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  /** `again`: what to do when the wait is over. Where it throws, that is the next wait. */
  constructor(log: Log, again: () => void) {
    this.#log = log;
    this.#again = again;
  }

  get waiting(): boolean {
    return this.#timer !== null;
  }

  /** Nothing could be stored. */
  after(error: unknown): void {
    if (this.#stopped || this.waiting) return;
    const milliseconds = Math.min(WAIT.first * 2 ** this.#failures++, WAIT.last);
    const message = `the queue waits ${milliseconds / 1000} s: what happened could not be stored`;
    this.#log.error({ err: error }, message);
    this.#timer = setTimeout(() => this.#tryAgain(), milliseconds);
    this.#timer.unref();
  }

  /** Something was stored: the next wait is a short one. */
  over(): void {
    this.#failures = 0;
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #tryAgain(): void {
    this.#timer = null;
    try {
      this.#again();
    } catch (error) {
      this.after(error);
    }
  }
}
