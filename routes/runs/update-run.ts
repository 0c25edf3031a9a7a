import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
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
      headers: IfMatchHeaders,
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
    requireMatch(c.req.valid("header")["if-match"], runTag(runs.get(id)));
    const run = runs.update(id, c.req.valid("json"));
    c.header("etag", runTag(run));
    return c.json(runView(run), 200);
  },
);
