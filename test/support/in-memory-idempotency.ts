/** Idempotency keys in memory; the product keeps them in its database. */
import type { IdempotencyClaim, IdempotencyStore, IdempotentResponse } from "../../src/records/idempotency.ts";

export class InMemoryIdempotency implements IdempotencyStore {
  readonly #keys = new Map<string, { fingerprint: string; response: IdempotentResponse | null }>();

  claim(key: string, fingerprint: string): IdempotencyClaim {
    const known = this.#keys.get(key);
    if (known === undefined) {
      this.#keys.set(key, { fingerprint, response: null });
      return { kind: "claimed" };
    }
    if (known.fingerprint !== fingerprint) return { kind: "mismatch" };
    return known.response === null ? { kind: "in-flight" } : { kind: "replay", response: known.response };
  }

  note(key: string): void {
    if (!this.#keys.has(key)) throw new Error(`Nobody claimed key ${key}.`);
  }

  complete(key: string, response: IdempotentResponse): void {
    const known = this.#keys.get(key);
    if (known === undefined) throw new Error(`Nobody claimed key ${key}.`);
    this.#keys.set(key, { ...known, response });
  }

  release(key: string): void {
    if (this.#keys.get(key)?.response === null) this.#keys.delete(key);
  }
}
