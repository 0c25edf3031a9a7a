import { endpoint } from "../edge/endpoint.ts";
import { IfMatchHeaders, requireMatch } from "../edge/precondition.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { runTag } from "./run-schema.ts";

export const deleteRun = endpoint(
  {
    method: "delete",
    path: "/v1/runs/{id}",
    operationId: "runs_delete",
    tags: ["runs"],
    summary: "Delete a run and everything it made",
    description: "Refused while one of its operations is queued or running: cancel that first.",
    request: { params: idParams("run"), headers: IfMatchHeaders },
    responses: {
      204: { description: "It is gone." },
      ...errorResponses(["not-found", "conflict", "precondition-failed"]),
    },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    const { runs } = c.var.services;
    const expected = c.req.valid("header")["if-match"];
    if (expected !== undefined) requireMatch(expected, runTag(runs.get(id)));
    await runs.delete(id);
    return c.body(null, 204);
  },
);
