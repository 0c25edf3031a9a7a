import { endpoint } from "../edge/endpoint.ts";
import { IdempotencyHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { RunCreateSchema, RunSchema, runTag, runView } from "./run-schema.ts";

export const createRun = endpoint(
  {
    method: "post",
    path: "/v1/runs",
    operationId: "runs_create",
    tags: ["runs"],
    summary: "Make a run",
    description: "A run is a Challenger and a Solver from one base model, and everything they do. Nothing starts yet.",
    request: {
      headers: IdempotencyHeaders,
      body: { content: { "application/json": { schema: RunCreateSchema } } },
    },
    responses: {
      201: {
        description: "The run.",
        content: { "application/json": { schema: RunSchema } },
        headers: {
          Location: { schema: { type: "string" }, description: "The run." },
          ETag: { schema: { type: "string" }, description: "Version of the run, for If-Match." },
        },
      },
      ...errorResponses([...bodyErrors, "invalid-value", "idempotency-in-flight", "idempotency-mismatch"]),
    },
  },
  async (c) => {
    const run = await c.var.services.runs.create(c.req.valid("json"), c.var.attempt);
    c.header("location", `/v1/runs/${run.id}`);
    c.header("etag", runTag(run));
    return c.json(runView(run), 201);
  },
  { idempotent: true },
);
