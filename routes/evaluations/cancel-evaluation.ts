import { endpoint } from "../edge/endpoint.ts";
import { operationView } from "../operations/operation-schema.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { EvaluationCancelledSchema, evaluationView } from "./evaluation-schema.ts";

export const cancelEvaluation = endpoint(
  {
    method: "post",
    path: "/v1/evaluations/{id}/cancel",
    operationId: "evaluations_cancel",
    tags: ["evaluations"],
    summary: "Cancel an evaluation",
    description: "Cancels its operation, and with it the evaluations queued behind it there. What is stored stays.",
    request: { params: idParams("eval") },
    responses: {
      200: {
        description: "Both as they are now.",
        content: { "application/json": { schema: EvaluationCancelledSchema } },
      },
      ...errorResponses(["not-found"]),
    },
  },
  async (c) => {
    const { evaluations, operations } = c.var.services;
    const { id, operationId } = evaluations.get(c.req.valid("param").id);
    const operation = operationView(await operations.cancel(operationId));
    return c.json({ operation, evaluation: evaluationView(evaluations.get(id), evaluations.finished(id)) }, 200);
  },
);
