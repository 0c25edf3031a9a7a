/** Answers remembered under an Idempotency-Key: the port that storage implements and the HTTP edge uses. */

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type IdempotencyClaim =
  /** Nobody used the key: it is now ours until `finish` or `abandon`. */
  | "new"
  /** The first request with this key has not been answered yet. */
  | "in-flight"
  /** The key belongs to a request with another fingerprint. */
  | "mismatch"
  | { readonly replay: RecordedAnswer };

type Awaitable<T> = T | Promise<T>;

/** Keys live for 24 h and across restarts; `begin` is atomic. A key left in flight by a crash is free again. */
export interface IdempotencyStore {
  /** `fingerprint` is the hex sha256 of method, path and body. */
  begin(key: string, fingerprint: string): Awaitable<IdempotencyClaim>;
  finish(key: string, answer: RecordedAnswer): Awaitable<void>;
  /** Frees a key whose request was refused or failed, so that a corrected request may use it. */
  abandon(key: string): Awaitable<void>;
}
