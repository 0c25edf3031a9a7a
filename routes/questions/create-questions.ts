import { endpoint } from "../edge/endpoint.ts";
import { awaitPreferred } from "../edge/prefer.ts";
import { operationView } from "../operations/operation-schema.ts";
import { LongWorkHeaders, operationHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { QuestionsCreatedSchema, QuestionsCreateSchema, questionView } from "./question-schema.ts";

export const createQuestions = endpoint(
  {
    method: "post",
    path: "/v1/questions",
    operationId: "questions_create",
    tags: ["questions"],
    summary: "Propose questions, or submit your own",
    request: {
      headers: LongWorkHeaders,
      body: { required: true, content: { "application/json": { schema: QuestionsCreateSchema } } },
    },
    responses: {
      200: {
        description: "The operation ended within the preferred wait; its state says how.",
        content: { "application/json": { schema: QuestionsCreatedSchema } },
        headers: operationHeaders,
      },
      201: {
        description: "The submitted questions are stored.",
        content: { "application/json": { schema: QuestionsCreatedSchema } },
      },
      202: {
        description: "The proposal is queued.",
        content: { "application/json": { schema: QuestionsCreatedSchema } },
        headers: operationHeaders,
      },
      ...errorResponses([
        ...bodyErrors,
        "not-found",
        "conflict",
        "invalid-value",
        "too-many-queued",
        "idempotency-in-flight",
        "idempotency-mismatch",
      ]),
    },
  },
  async (c) => {
    const { questions: service } = c.var.services;
    const body = c.req.valid("json");
    if (body.kind === "submit") {
      const stored = await service.submit({ run: body.run, questions: body.questions }, c.var.attempt);
      return c.json({ operation: null, questions: stored.map(questionView) }, 201);
    }
    const queued = await service.propose({ run: body.run, count: body.count, seed: body.seed }, c.var.attempt);
    const { operation, status } = await awaitPreferred(c, queued);
    const written = operation.state === "completed" ? service.getMany(operation.resources) : [];
    return c.json({ operation: operationView(operation), questions: written.map(questionView) }, status);
  },
  { idempotent: true },
);
