import { z } from "@hono/zod-openapi";
import { endpoint } from "../edge/endpoint.ts";
import { idSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { QuestionPageSchema, QuestionStateSchema, questionView } from "./question-schema.ts";

const share = (description: string) =>
  z.coerce.number<string>().min(0).max(1).optional().openapi({ type: "number", description, example: 0.5 });

export const listQuestions = endpoint(
  {
    method: "get",
    path: "/v1/questions",
    operationId: "questions_list",
    tags: ["questions"],
    summary: "List questions",
    request: {
      query: listQuery({
        run: idSchema("run").optional(),
        iteration: idSchema("iter").optional(),
        state: QuestionStateSchema.optional(),
        minShare: share("Smallest majorityShare."),
        maxShare: share("Largest majorityShare."),
        search: z.string().min(1).max(500).optional().openapi({ description: "Words in the text.", example: "12+18" }),
      }),
    },
    responses: {
      200: { description: "Questions, newest first.", content: { "application/json": { schema: QuestionPageSchema } } },
      ...errorResponses(["invalid-value"]),
    },
  },
  (c) => {
    const { limit, after, ...filter } = c.req.valid("query");
    const found = c.var.services.questions.list(pageRequest({ limit, after }), filter);
    return c.json(pageView(found, questionView), 200);
  },
);
