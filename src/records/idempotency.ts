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
  | { readonly kind: "replay"; readonly response: IdempotentResponse }
  /** The first request made these resources and was cut off before its answer was stored: answer with them. */
  | { readonly kind: "made"; readonly resources: readonly string[] };

export interface IdempotencyStore {
  /**
   * Claims `key` for a request, or says what is known about it. Keys are remembered for 24 hours.
   * `fingerprint`: digest of method, path and body. The edge puts the caller's identity into `key` where there are several.
   */
  claim(key: string, fingerprint: string): IdempotencyClaim;
  /** Notes what the request makes. Called inside the transaction that stores it: a crash leaves both or neither. */
  note(key: string, resources: readonly string[]): void;
  /** Stores the answer to repeat. */
  complete(key: string, response: IdempotentResponse): void;
  /**
   * Gives a claimed key back, e.g. after an internal error that a retry may cure. Keys with an answer stay, and so do
   * keys whose request made something: the next claim says what.
   */
  release(key: string): void;
}

/** One sending of a request that may be sent again, as the service that answers it sees it. */
export interface Attempt {
  /** Ids of what an earlier sending made; null where there is nothing yet. */
  readonly made: readonly string[] | null;
  /** To be called inside the transaction that stores what this one makes. */
  note(resources: readonly string[]): void;
}
