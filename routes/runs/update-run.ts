import { z } from "@hono/zod-openapi";
import { endpoint } from "../edge/endpoint.ts";
import { EdgeError } from "../errors.ts";
import { idParams } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { RunSchema, RunUpdateSchema, runTag, runView } from "./run-schema.ts";

export const updateRun = endpoint(
  {
    method: "patch",
    path: "/v1/runs/{id}",
    operationId: "runs_update",
    tags: ["runs"],
    summary: "Replace a run's labels",
    request: {
      params: idParams("run"),
      headers: z.object({
        "if-match": z.string().optional().openapi({
          description: "ETag of the version the change was made for; refused with 412 where the run has moved on.",
          example: '"0f343b0931126a20f133d67c2b018a3b"',
        }),
      }),
      body: { required: true, content: { "application/json": { schema: RunUpdateSchema } } },
    },
    responses: {
      200: {
        description: "The run with its new labels.",
        content: { "application/json": { schema: RunSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the run, for If-Match." } },
      },
      ...errorResponses([...bodyErrors, "not-found", "precondition-failed", "invalid-value"]),
    },
  },
  (c) => {
    const { id } = c.req.valid("param");
    const { runs } = c.var.services;
    const expected = c.req.valid("header")["if-match"];
    const tag = runTag(runs.get(id));
    if (expected !== undefined && expected !== "*" && !expected.split(/\s*,\s*/).includes(tag)) {
      throw new EdgeError("precondition-failed", `The run is at ${tag}, not at ${expected}.`, {
        errors: [{ in: "header", field: "if-match", message: `The run is at ${tag}.`, value: expected }],
      });
    }
    const run = runs.update(id, c.req.valid("json"));
    c.header("etag", runTag(run));
    return c.json(runView(run), 200);
  },
);
