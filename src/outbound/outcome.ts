/** How a call ended. A call that failed is data, never an exception: the caller records it and decides. */

interface Timed {
  /** Milliseconds from the call to its end. */
  readonly ms: number;
}
interface Answered extends Timed {
  readonly status: number;
  /** UTF-8; what is not UTF-8 became U+FFFD. */
  readonly body: string;
}

export type Outcome =
  /** A status from 200 to 299. */
  | ({ readonly kind: "answered" } & Answered)
  /** Any other status, redirects too: they are not followed. `retryAfterMs`: what the Retry-After header asks for. */
  | ({ readonly kind: "bad-status"; readonly retryAfterMs: number | null } & Answered)
  /** The deadline passed before the whole answer was there. */
  | ({ readonly kind: "timed-out" } & Timed)
  /** `reason`: of `targetRefusal`, or that the name resolves to such an address. No connection was made. */
  | ({ readonly kind: "address-refused"; readonly reason: string } & Timed)
  /** `code`: ECONNREFUSED, ECONNRESET, ENOTFOUND, CERT_HAS_EXPIRED, ... as Node names it. */
  | ({ readonly kind: "connection-failed"; readonly code: string } & Timed)
  | ({ readonly kind: "too-large"; readonly status: number; readonly limit: number } & Timed)
  /** The caller's signal. */
  | ({ readonly kind: "aborted" } & Timed);

export type OutcomeKind = Outcome["kind"];

/** What `readJson` makes of an outcome: a value in place of a body. */
export type JsonOutcome =
  | Exclude<Outcome, { kind: "answered" }>
  | ({ readonly kind: "json"; readonly status: number; readonly value: unknown } & Timed)
  | ({ readonly kind: "not-json"; readonly status: number; readonly excerpt: string } & Timed);

/** An answer's body as JSON (whatever its content type says); other outcomes as they are. */
export function readJson(outcome: Outcome): JsonOutcome {
  if (outcome.kind !== "answered") return outcome;
  const { status, body, ms } = outcome;
  try {
    return { kind: "json", status, value: JSON.parse(body) as unknown, ms };
  } catch {
    return { kind: "not-json", status, excerpt: excerpt(body), ms };
  }
}

/**
 * Can the same call, made again, end otherwise? A refused address is asked again too: a name may resolve to a public
 * address by then. Statuses: 408 and 425 ask for it, 429 and 5xx pass; other 4xx are about the request itself.
 */
export function isWorthRepeating(outcome: Outcome): boolean {
  if (outcome.kind === "bad-status") return [408, 425, 429].includes(outcome.status) || outcome.status >= 500;
  return outcome.kind === "timed-out" || outcome.kind === "connection-failed";
}

/** One sentence for a record or a person. Holds no header, no URL and at most an excerpt of the answer. */
export function describeOutcome(outcome: Outcome | JsonOutcome): string {
  switch (outcome.kind) {
    case "answered":
    case "json":
      return `answered ${outcome.status} in ${outcome.ms} ms`;
    case "bad-status":
      return `answered ${outcome.status}${outcome.body === "" ? "" : `: ${excerpt(outcome.body, 200)}`}`;
    case "not-json":
      return `answered ${outcome.status} with something that is not JSON: ${excerpt(outcome.excerpt, 200)}`;
    case "timed-out":
      return `did not answer within ${outcome.ms} ms`;
    case "address-refused":
      return `may not be called: ${outcome.reason}`;
    case "connection-failed":
      return `could not be reached (${outcome.code})`;
    case "too-large":
      return `answered more than ${outcome.limit} bytes`;
    case "aborted":
      return `was given up after ${outcome.ms} ms`;
  }
}

/** Characters of an answer that are kept; control characters, which could forge lines of a log, and halves of a surrogate pair become U+FFFD. */
export function excerpt(body: string, length = 1000): string {
  const cut = body.length > length ? `${body.slice(0, length)}...` : body;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return cut.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\p{Surrogate}]/gu, "\u{fffd}");
}
