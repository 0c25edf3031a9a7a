/** Headers that answers have whatever they answer, and how each operation declares them. */

type Json = Record<string, unknown>;

const text = { type: "string" };

/** `required`: on every answer. RateLimit fields are absent where requests are not limited. */
export const answerHeaders = {
  RequestId: {
    description: "The given X-Request-Id, or a new one; the log names it too.",
    required: true,
    schema: text,
    example: "req_01JZX3T6G2M4N6B8V0C1X3Z5A7",
  },
  ServerTiming: { description: "Milliseconds, in parts.", required: true, schema: text, example: "total;dur=3.2" },
  RateLimit: {
    description: "Requests left (`r`) and seconds until the quota is full again (`t`).",
    schema: text,
    example: '"requests";r=5999;t=60',
  },
  RateLimitPolicy: {
    description: "Quota (`q`) of requests in a window of `w` seconds.",
    schema: text,
    example: '"requests";q=6000;w=60',
  },
  Authenticate: { description: "How to show a key.", schema: text, example: 'Bearer realm="rzero"' },
  IdempotencyReplayed: {
    description: "`true` where the answer is that of an earlier request with the same Idempotency-Key.",
    schema: text,
    example: "true",
  },
};

const reference = (name: keyof typeof answerHeaders) => ({ $ref: `#/components/headers/${name}` });

const ofAll = { "X-Request-Id": reference("RequestId"), "Server-Timing": reference("ServerTiming") };
const ofGuarded = { RateLimit: reference("RateLimit"), "RateLimit-Policy": reference("RateLimitPolicy") };

interface Operation {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Record<string, { headers?: Json }>;
}

/** Adds to every response of the document what it has in common with the others. */
export function declareAnswerHeaders(document: Json): Json {
  const components = { ...(document.components as Json), headers: answerHeaders };
  for (const operations of Object.values(document.paths as Record<string, Record<string, Operation>>)) {
    for (const { security, parameters = [], responses } of Object.values(operations)) {
      const guarded = security?.length !== 0;
      const replayable = parameters.some(({ name }) => name === "idempotency-key");
      for (const [status, response] of Object.entries(responses)) {
        response.headers = {
          ...response.headers,
          ...ofAll,
          ...(guarded ? ofGuarded : {}),
          ...(status === "401" ? { "WWW-Authenticate": reference("Authenticate") } : {}),
          ...(replayable && status < "300" ? { "Idempotency-Replayed": reference("IdempotencyReplayed") } : {}),
        };
      }
    }
  }
  return { ...document, components };
}
