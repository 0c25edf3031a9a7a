/**
 * The port through which the HTTP edge remembers what it answered to an `Idempotency-Key`. Storage implements it,
 * main.ts hands it over; neither side knows the other.
 */

/** An answer as it can be repeated. */
export interface IdempotentResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type IdempotencyClaim =
  /** Nobody used the key: do the work, then `complete` or `release` it. */
  | { readonly kind: "claimed" }
  /** The first request with this key is still at work (409). */
  | { readonly kind: "in-flight" }
  /** The key belongs to a different request (422). */
  | { readonly kind: "mismatch" }
  | { readonly kind: "replay"; readonly response: IdempotentResponse };

export interface IdempotencyStore {
  /**
   * Claims `key` for a request, or says what is known about it. Keys are remembered for 24 hours.
   * `fingerprint`: digest of method, path and body. The edge puts the caller's identity into `key` where there are several.
   */
  claim(key: string, fingerprint: string): IdempotencyClaim;
  /** Stores the answer to repeat. */
  complete(key: string, response: IdempotentResponse): void;
  /** Gives a claimed key back, e.g. after an internal error that a retry may cure. Keys with an answer stay. */
  release(key: string): void;
}
