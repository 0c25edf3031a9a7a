/** Idempotency keys in memory; the product keeps them in its database. */
import type { IdempotencyClaim, IdempotencyStore, RecordedAnswer } from "../../src/records/idempotency.ts";

export class InMemoryIdempotency implements IdempotencyStore {
  readonly #keys = new Map<string, { fingerprint: string; answer: RecordedAnswer | null }>();

  begin(key: string, fingerprint: string): IdempotencyClaim {
    const known = this.#keys.get(key);
    if (known === undefined) {
      this.#keys.set(key, { fingerprint, answer: null });
      return "new";
    }
    if (known.fingerprint !== fingerprint) return "mismatch";
    return known.answer === null ? "in-flight" : { replay: known.answer };
  }

  finish(key: string, answer: RecordedAnswer): void {
    const known = this.#keys.get(key);
    if (known === undefined) throw new Error(`Key ${key} was never begun.`);
    this.#keys.set(key, { ...known, answer });
  }

  abandon(key: string): void {
    this.#keys.delete(key);
  }
}
