import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";

export const deleteRun = endpoint(
  {
    method: "delete",
    path: "/v1/runs/{id}",
    operationId: "runs_delete",
    tags: ["runs"],
    summary: "Delete a run and everything it made",
    description: "Refused while one of its operations is queued or running: cancel that first.",
    request: { params: idParams("run") },
    responses: { 204: { description: "It is gone." }, ...errorResponses(["not-found", "conflict"]) },
  },
  async (c) => {
    await c.var.services.runs.delete(c.req.valid("param").id);
    return c.body(null, 204);
  },
);
