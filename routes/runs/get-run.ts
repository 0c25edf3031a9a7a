import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { RunSchema, runTag, runView } from "./run-schema.ts";

export const getRun = endpoint(
  {
    method: "get",
    path: "/v1/runs/{id}",
    operationId: "runs_get",
    tags: ["runs"],
    summary: "Get a run",
    request: { params: idParams("run") },
    responses: {
      200: {
        description: "The run.",
        content: { "application/json": { schema: RunSchema } },
        headers: { ETag: { schema: { type: "string" }, description: "Version of the run, for If-Match." } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const run = c.var.services.runs.get(c.req.valid("param").id);
    c.header("etag", runTag(run));
    return c.json(runView(run), 200);
  },
);
