/** From whatever was thrown to the answer: one classification, two shapes. */
import { HTTPException } from "hono/http-exception";
import { ServiceError } from "../../src/training/services.ts";
import { EdgeError, type ErrorCode, type ErrorRow, errorTable, type FieldError } from "../errors.ts";

export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly field: string | undefined;
  readonly value: unknown;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Longest JSON of an offending value that is shown whole. */
const shownCharacters = 500;

export function failureOf(error: unknown): Failure {
  const plain = { field: undefined, value: undefined, errors: [], headers: {} };
  if (error instanceof EdgeError) {
    const [first] = error.errors;
    const { code, message: detail, errors, headers } = error;
    return { code, detail, errors, headers, field: first?.field, value: first?.value };
  }
  if (error instanceof ServiceError && error.code !== "internal") {
    return { ...plain, code: error.code, detail: error.message, field: error.field, value: error.value };
  }
  // The two refusals the validator of @hono/zod-openapi throws by itself, as text.
  if (error instanceof HTTPException && error.status === 415) {
    return {
      ...plain,
      code: "unsupported-media-type",
      detail: "Bodies are JSON: send `content-type: application/json` (with curl: --json '...').",
    };
  }
  if (error instanceof HTTPException && error.status === 400) {
    return { ...plain, code: "malformed-json", detail: "The body could not be parsed as JSON." };
  }
  // The message of an unexpected error may hold anything, so it goes to the log and not to the client.
  return { ...plain, code: "internal", detail: "An unexpected failure. The log has it under this requestId." };
}

/** Values are shown to be recognised, not to be read back: a long one is cut. */
function shown(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text !== undefined && text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : value;
}

export function problemBody(failure: Failure, request: { path: string; requestId: string }): Record<string, unknown> {
  const { status, title } = errorTable[failure.code];
  return {
    type: `urn:rzero:problem:${failure.code}`,
    title,
    status,
    detail: failure.detail,
    instance: request.path,
    code: failure.code,
    field: failure.field,
    value: shown(failure.value),
    requestId: request.requestId,
    errors:
      failure.errors.length === 0
        ? undefined
        : failure.errors.map((error) => ({ ...error, value: shown(error.value) })),
  };
}

/** The shape OpenAI clients read. Codes are ours with underscores, which for the length limit is theirs as well. */
export function openAiBody(failure: Failure): { error: Record<string, unknown> } {
  return {
    error: {
      message: failure.detail,
      type: errorTable[failure.code].openAiType,
      param: failure.field ?? null,
      code: failure.code.replaceAll("-", "_"),
    },
  };
}

const openAiPaths = /^\/(v1\/(completions|chat\/completions|models(\/.*)?)|tokenize|detokenize|tokenizer_info)$/;

export function speaksOpenAi(path: string): boolean {
  return openAiPaths.test(path);
}

/** Headers and serialised body of the answer to a failed request. */
export function failureResponse(failure: Failure, request: { path: string; requestId: string }): Response {
  const row: ErrorRow = errorTable[failure.code];
  const openAi = speaksOpenAi(request.path);
  const headers = new Headers(failure.headers);
  headers.set("content-type", openAi ? "application/json" : "application/problem+json");
  if (row.retryAfter !== undefined && !headers.has("retry-after")) headers.set("retry-after", String(row.retryAfter));
  if (failure.code === "unauthorized") headers.set("www-authenticate", 'Bearer realm="rzero"');
  const body = openAi ? openAiBody(failure) : problemBody(failure, request);
  return new Response(JSON.stringify(body), { status: row.status, headers });
}
