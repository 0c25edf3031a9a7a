/** Idempotency keys in memory; the product keeps them in its database. */
import type { IdempotencyClaim, IdempotencyStore, IdempotentResponse } from "../../src/records/idempotency.ts";

export class InMemoryIdempotency implements IdempotencyStore {
  readonly #keys = new Map<string, { fingerprint: string; answer: IdempotentResponse | null }>();

  claim(key: string, fingerprint: string): IdempotencyClaim {
    const known = this.#keys.get(key);
    if (known === undefined) {
      this.#keys.set(key, { fingerprint, answer: null });
      return { kind: "claimed" };
    }
    if (known.fingerprint !== fingerprint) return { kind: "mismatch" };
    return known.answer === null ? { kind: "in-flight" } : { kind: "replay", response: known.answer };
  }

  complete(key: string, answer: IdempotentResponse): void {
    const known = this.#keys.get(key);
    if (known === undefined) throw new Error(`Key ${key} was never begun.`);
    this.#keys.set(key, { ...known, answer });
  }

  release(key: string): void {
    this.#keys.delete(key);
  }
}
