/** Every error code that any operation declares, provoked on that operation, with the request its own examples make. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { assembleDocument } from "../../routes/document.ts";
import { speaksOpenAi } from "../../routes/edge/problem.ts";
import { endpoints } from "../../routes/endpoints.ts";
import { type ErrorCode, type ErrorRow, errorTable } from "../../routes/errors.ts";
import type { IdempotencyClaim } from "../../src/records/idempotency.ts";
import { ServiceError, type ServiceErrorCode, type Services } from "../../src/training/services.ts";
import { type Answer, type TestEdge, testEdge } from "../support/edge.ts";

interface Documented {
  operationId: string;
  parameters?: { name: string; in: string; schema: { example?: string } }[];
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

// biome-ignore lint/suspicious/noExplicitAny: the document is plain data here.
const document = assembleDocument(endpoints, "0.0.0").json as any;

/** The request an operation's own examples make. */
function exampleRequest(path: string, operation: Documented): { path: string; body: unknown } {
  const id = operation.parameters?.find((each) => each.in === "path")?.schema.example ?? "";
  const reference = operation.requestBody?.content["application/json"]?.schema.$ref.split("/").at(-1);
  return {
    path: path.replace("{id}", encodeURIComponent(id)),
    body: reference === undefined ? undefined : document.components.schemas[reference].example,
  };
}

/** Services of which every call fails. */
function failing(error: () => Error): Services {
  const resource = new Proxy(
    {},
    {
      get: () => () => {
        throw error();
      },
    },
  );
  return new Proxy({}, { get: () => resource }) as Services;
}

const serviceCodes: readonly ErrorCode[] = [
  "not-found",
  "invalid-value",
  "conflict",
  "context-length-exceeded",
  "too-many-queued",
  "engine-crashed",
  "out-of-memory",
  "cancelled",
  "pruned",
];

/** Nobody makes one by asking for it: a run does. */
async function firstCheckpoint(edge: TestEdge): Promise<string> {
  const { body } = await edge.send("POST", "/v1/runs", {});
  return `/v1/checkpoints/${body.solverCheckpointId}`;
}

async function provoke(code: ErrorCode, method: string, path: string, body: unknown): Promise<Answer> {
  if (serviceCodes.includes(code)) {
    const services = failing(() => new ServiceError(code as ServiceErrorCode, "as asked", { field: "run", value: 3 }));
    return testEdge({ services }).send(method, path, body);
  }
  const claimed = (claim: IdempotencyClaim) =>
    testEdge({
      idempotency: { claim: () => claim, note: () => undefined, complete: () => undefined, release: () => undefined },
    }).send(method, path, body, { "idempotency-key": "k" });
  switch (code) {
    case "internal": {
      const fail = () => new Error("secret of the inside");
      const telemetry = { record: () => undefined, contentType: "text/plain", text: () => Promise.reject(fail()) };
      return testEdge({ services: failing(fail), telemetry }).send(method, path, body);
    }
    case "rate-limited": {
      const edge = testEdge({ limits: { requestsPerMinute: 1, concurrentRequests: 8 } });
      await edge.app.request("/v1/runs");
      return edge.send(method, path, body);
    }
    case "foreign-page":
      return testEdge().send(method, path, body, {}, "http://rebound.example");
    case "too-many-concurrent":
      return testEdge({ limits: { requestsPerMinute: 0, concurrentRequests: 0 } }).send(method, path, body);
    case "invalid-request":
      return testEdge().send(method, `${path}?unheardOf=1`, body);
    case "unauthorized":
      return testEdge({ apiKeyHashes: [createHash("sha256").update("k").digest("hex")] }).send(method, path, body);
    case "malformed-json":
      return testEdge().send(method, path, '{"run": ');
    case "body-too-large":
      return testEdge().send(method, path, JSON.stringify("x".repeat(17 * 1024 * 1024)));
    case "unsupported-media-type":
      return testEdge().send(method, path, "run=3", { "content-type": "application/x-www-form-urlencoded" });
    case "idempotency-in-flight":
      return claimed({ kind: "in-flight" });
    case "idempotency-mismatch":
      return claimed({ kind: "mismatch" });
    case "precondition-failed": {
      const edge = testEdge();
      const list = path.slice(0, path.lastIndexOf("/"));
      const url = "https://hooks.example/";
      const made: Record<string, object> = {
        "/v1/webhook-endpoints": { url },
        "/v1/evaluators": { kind: "gate", url },
      };
      const location =
        list === "/v1/checkpoints"
          ? await firstCheckpoint(edge)
          : (await edge.send("POST", list, made[list] ?? {})).headers.get("location");
      return edge.send(method, location ?? "", body, { "if-match": '"old"' });
    }
    default:
      throw new Error(`Nothing provokes ${code}.`);
  }
}

describe("every declared error", () => {
  for (const [template, operations] of Object.entries<Record<string, Documented>>(document.paths)) {
    for (const [verb, operation] of Object.entries(operations)) {
      const method = verb.toUpperCase();
      const { path, body } = exampleRequest(template, operation);
      const declared = Object.entries(operation.responses).flatMap(([status, { description }]) =>
        [...description.matchAll(/`([a-z-]+)`: /g)].map(([, code]) => ({
          status: Number(status),
          code: code as ErrorCode,
        })),
      );
      for (const { status, code } of declared) {
        it(`${operation.operationId}: ${status} ${code}`, async () => {
          const answer = await provoke(code, method, path, body);
          expect(answer.status, answer.text).toBe(errorTable[code].status);
          expect(answer.status).toBe(status);
          expect(answer.text).not.toContain("secret of the inside");
          if (speaksOpenAi(decodeURIComponent(path))) {
            expect(answer.body.error).toMatchObject({
              code: code.replaceAll("-", "_"),
              type: errorTable[code].openAiType,
            });
          } else {
            expect(answer.headers.get("content-type")).toBe("application/problem+json");
            expect(answer.body).toMatchObject({
              code,
              status,
              type: `urn:rzero:problem:${code}`,
              title: errorTable[code].title,
              instance: expect.stringMatching(new RegExp(`^${template.replace("{id}", "[^/]+")}$`)),
              requestId: answer.headers.get("x-request-id"),
            });
          }
          const row: ErrorRow = errorTable[code];
          expect(answer.headers.get("retry-after")).toBe(row.retryAfter === undefined ? null : String(row.retryAfter));
        });
      }
    }
  }
});
