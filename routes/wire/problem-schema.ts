/** Errors on the wire: RFC 9457 problem details, and how a route declares which of them it can answer. */
import { type RouteConfig, z } from "@hono/zod-openapi";
import { type ErrorCode, errorTable } from "../errors.ts";

const allCodes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

export const FieldErrorSchema = z
  .object({
    in: z.enum(["body", "query", "path", "header"]),
    field: z.string().openapi({ description: "Dotted path of the field; empty for the whole." }),
    message: z.string(),
    value: z.unknown().openapi({ description: "The offending value; absent where nothing was given." }),
  })
  .partial({ value: true })
  .openapi("FieldError", {
    example: { in: "body", field: "count", message: "Too big: expected number to be <=100", value: 1000 },
  });

export const ProblemSchema = z
  .object({
    type: z.string().openapi({ description: "`urn:rzero:problem:` and the code." }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().openapi({ description: "What happened, with the values that made it happen." }),
    instance: z.string().openapi({ description: "Path of the request." }),
    code: z.enum(allCodes).openapi("ErrorCode", { description: "Stable; decide on this.", example: "not-found" }),
    field: z.string().openapi({ description: "Dotted path of the offending field, where there is one." }),
    value: z.unknown().openapi({ description: "The offending value, where there is one." }),
    requestId: z.string(),
    errors: z.array(FieldErrorSchema).openapi({ description: "Every refused field, for code `invalid-request`." }),
  })
  .partial({ field: true, value: true, errors: true })
  .openapi("Problem", {
    example: {
      type: "urn:rzero:problem:not-found",
      title: "No such resource",
      status: 404,
      detail: "There is no run run_01JZX3T5N8Q4W2E6R7T9Y1U3I5.",
      instance: "/v1/runs/run_01JZX3T5N8Q4W2E6R7T9Y1U3I5",
      code: "not-found",
      field: "id",
      value: "run_01JZX3T5N8Q4W2E6R7T9Y1U3I5",
      requestId: "req_01JZX3T6G2M4N6B8V0C1X3Z5A7",
    },
  });

const exampleOpenAiError = {
  message: "The prompt has 250 tokens and 16 are to be written, but the model reads at most 256.",
  type: "invalid_request_error",
  param: "prompt",
  code: "context_length_exceeded",
};

export const OpenAiErrorSchema = z
  .object({
    error: z
      .object({
        message: z.string(),
        type: z.string(),
        param: z.string().nullable().openapi({ description: "Dotted path of the offending field." }),
        code: z.string().openapi({ description: "An ErrorCode with underscores." }),
      })
      .openapi("OpenAiErrorDetail", { example: exampleOpenAiError }),
  })
  .openapi("OpenAiError", { example: { error: exampleOpenAiError } });

/** Failures any route under /v1 can have. */
const anywhere: readonly ErrorCode[] = [
  "invalid-request",
  "unauthorized",
  "foreign-page",
  "rate-limited",
  "too-many-concurrent",
  "internal",
];

/** Failures any route that reads a body can have. */
export const bodyErrors: readonly ErrorCode[] = ["malformed-json", "body-too-large", "unsupported-media-type"];

const retryAfterHeader = {
  "Retry-After": { schema: { type: "integer" as const }, description: "Seconds after which it can succeed." },
};

type Shape = "problem" | "openai";

/**
 * Declared error responses of a route: the given codes and those every route has, joined by status. Typed as `{}` on
 * purpose: handlers throw failures and never return them.
 */
export function errorResponses(
  own: readonly ErrorCode[],
  shape: Shape = "problem",
): Record<never, RouteConfig["responses"][string]> {
  return problemResponses([...anywhere, ...own], shape);
}

/** Of a route that is open to everybody: these and no others. */
export function problemResponses(
  codes: readonly ErrorCode[],
  shape: Shape = "problem",
): Record<never, RouteConfig["responses"][string]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: RouteConfig["responses"] = {};
  for (const [status, found] of [...byStatus].sort(([a], [b]) => a - b)) {
    const retried = found.some((code) => "retryAfter" in errorTable[code]);
    responses[status] = {
      ...(retried ? { headers: retryAfterHeader } : {}),
      description: found.map((code) => `\`${code}\`: ${errorTable[code].title}.`).join(" "),
      content:
        shape === "problem"
          ? { "application/problem+json": { schema: ProblemSchema } }
          : { "application/json": { schema: OpenAiErrorSchema } },
    };
  }
  return responses;
}
