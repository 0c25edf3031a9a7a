import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { callView, EvaluatorCallSchema } from "./call-schema.ts";

export const testEvaluator = endpoint(
  {
    method: "post",
    path: "/v1/evaluators/{id}/test",
    operationId: "evaluators_test",
    tags: ["evaluators"],
    summary: "Send one made-up item",
    description: "One attempt, recorded like any other call; `error` says what is wrong with the answer.",
    request: { params: idParams("evr") },
    responses: {
      200: {
        description: "What was sent and what came back.",
        content: { "application/json": { schema: EvaluatorCallSchema } },
      },
      ...errorResponses(["not-found", "cancelled"]),
    },
  },
  async (c) => {
    const { id } = c.req.valid("param");
    return c.json(callView(await c.var.services.evaluators.test(id, c.req.raw.signal)), 200);
  },
);
