import { endpoint } from "../edge/endpoint.ts";
import { idSchema, RoleSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { StepPageSchema, stepView } from "./training-step-schema.ts";

export const listTrainingSteps = endpoint(
  {
    method: "get",
    path: "/v1/training-steps",
    operationId: "training_steps_list",
    tags: ["training-steps"],
    summary: "List training steps",
    request: {
      query: listQuery({
        run: idSchema("run").optional(),
        iteration: idSchema("iter").optional(),
        role: RoleSchema.optional(),
      }),
    },
    responses: {
      200: { description: "Steps, newest first.", content: { "application/json": { schema: StepPageSchema } } },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { run, iteration, role, ...page } = c.req.valid("query");
    const found = c.var.services.trainingSteps.list(pageRequest(page), { run, iteration, role });
    return c.json(pageView(found, stepView), 200);
  },
);
