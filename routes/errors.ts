/**
 * Every way a request can fail: the one table from code to status. Codes are part of the contract and never change
 * their meaning; a new failure is a new row. Services throw ServiceError, the edge throws EdgeError; nothing else is
 * expected, and whatever else arrives is `internal`.
 */
import type { ServiceErrorCode } from "../src/training/services.ts";

export type EdgeErrorCode =
  | "invalid-request"
  | "malformed-json"
  | "unauthorized"
  | "route-not-found"
  | "method-not-allowed"
  | "idempotency-in-flight"
  | "idempotency-mismatch"
  | "precondition-failed"
  | "foreign-page"
  | "rate-limited"
  | "too-many-concurrent"
  | "malformed-http"
  | "request-timeout"
  | "headers-too-large"
  | "body-too-large"
  | "unsupported-media-type";

export type ErrorCode = EdgeErrorCode | ServiceErrorCode;

export interface ErrorRow {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 410 | 412 | 413 | 415 | 422 | 429 | 431 | 500 | 503 | 507;
  readonly title: string;
  /** `type` of the error in the OpenAI-compatible answers. */
  readonly openAiType: "invalid_request_error" | "authentication_error" | "rate_limit_error" | "server_error";
  /** Seconds to wait before the same request can succeed, where the failure does not know better. */
  readonly retryAfter?: number;
}

const refused = "invalid_request_error";

export const errorTable = {
  "invalid-request": { status: 400, title: "The request does not fit its schema", openAiType: refused },
  "malformed-json": { status: 400, title: "The body is not JSON", openAiType: refused },
  "malformed-http": { status: 400, title: "The request is not HTTP", openAiType: refused },
  "context-length-exceeded": { status: 400, title: "Too long for the model", openAiType: refused },
  unauthorized: { status: 401, title: "No valid API key", openAiType: "authentication_error" },
  "foreign-page": { status: 403, title: "Asked for by a page from elsewhere", openAiType: refused },
  "not-found": { status: 404, title: "No such resource", openAiType: refused },
  "route-not-found": { status: 404, title: "No such route", openAiType: refused },
  "method-not-allowed": { status: 405, title: "The route does not know this method", openAiType: refused },
  "request-timeout": { status: 408, title: "The request did not arrive in time", openAiType: refused },
  conflict: { status: 409, title: "The resource's state forbids it", openAiType: refused },
  cancelled: { status: 409, title: "Cancelled before it was finished", openAiType: refused },
  "idempotency-in-flight": {
    status: 409,
    title: "The first request with this key is still being answered",
    openAiType: refused,
    retryAfter: 1,
  },
  pruned: { status: 410, title: "The weights were pruned", openAiType: refused },
  "precondition-failed": { status: 412, title: "The resource has changed", openAiType: refused },
  "body-too-large": { status: 413, title: "The body is too large", openAiType: refused },
  "unsupported-media-type": { status: 415, title: "The body is not declared as JSON", openAiType: refused },
  "invalid-value": { status: 422, title: "A value cannot be accepted", openAiType: refused },
  "idempotency-mismatch": {
    status: 422,
    title: "The key belongs to a different request",
    openAiType: refused,
  },
  "too-many-queued": { status: 429, title: "The queue is full", openAiType: "rate_limit_error", retryAfter: 10 },
  "rate-limited": { status: 429, title: "Too many requests", openAiType: "rate_limit_error", retryAfter: 60 },
  "too-many-concurrent": {
    status: 429,
    title: "Too many requests at once",
    openAiType: "rate_limit_error",
    retryAfter: 1,
  },
  "headers-too-large": { status: 431, title: "The headers are too large", openAiType: refused },
  internal: { status: 500, title: "Something failed on our side", openAiType: "server_error" },
  damaged: { status: 500, title: "What is stored is damaged", openAiType: "server_error" },
  "training-not-finite": {
    status: 500,
    title: "A loss or a gradient was not finite",
    openAiType: "server_error",
  },
  "engine-crashed": { status: 503, title: "The engine is restarting", openAiType: "server_error", retryAfter: 5 },
  "evaluator-failed": { status: 503, title: "An evaluator gave no verdict", openAiType: "server_error" },
  "out-of-memory": { status: 503, title: "The device has no memory for this", openAiType: "server_error" },
  "no-space": { status: 507, title: "The disk has no room for this", openAiType: "server_error" },
} as const satisfies Record<ErrorCode, ErrorRow>;

/** One refused part of a request: where it was, what was there, what is wrong with it. */
export interface FieldError {
  readonly in: "body" | "query" | "path" | "header";
  /** Dotted path within it, e.g. `overrides.solver.steps`; empty for the whole. */
  readonly field: string;
  readonly message: string;
  /** Absent where nothing was given. */
  readonly value?: unknown;
}

/** A failure the edge itself found. */
export class EdgeError extends Error {
  override readonly name = "EdgeError";
  readonly code: EdgeErrorCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: EdgeErrorCode,
    message: string,
    options: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.code = code;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}
