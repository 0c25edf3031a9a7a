import { endpoint } from "../edge/endpoint.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { RunPageSchema, runView } from "./run-schema.ts";

export const listRuns = endpoint(
  {
    method: "get",
    path: "/v1/runs",
    operationId: "runs_list",
    tags: ["runs"],
    summary: "List runs",
    request: { query: listQuery({}) },
    responses: {
      200: { description: "Runs, newest first.", content: { "application/json": { schema: RunPageSchema } } },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => c.json(pageView(c.var.services.runs.list(pageRequest(c.req.valid("query"))), runView), 200),
);
