import { endpoint } from "../edge/endpoint.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { QuestionSchema, questionView } from "./question-schema.ts";

export const getQuestion = endpoint(
  {
    method: "get",
    path: "/v1/questions/{id}",
    operationId: "questions_get",
    tags: ["questions"],
    summary: "Get a question",
    request: { params: idParams("q") },
    responses: {
      200: { description: "The question.", content: { "application/json": { schema: QuestionSchema } } },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => c.json(questionView(c.var.services.questions.get(c.req.valid("param").id)), 200),
);
