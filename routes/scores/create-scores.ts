import type { z } from "@hono/zod-openapi";
import type { ScoreService } from "../../src/training/services.ts";
import { endpoint } from "../edge/endpoint.ts";
import { IdempotencyHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { ScoresCreateSchema, ScoresSchema } from "./score-schema.ts";

function score(scores: ScoreService, body: z.infer<typeof ScoresCreateSchema>): z.infer<typeof ScoresSchema> {
  switch (body.kind) {
    case "answers":
      return { kind: "answers", results: scores.answers(body).map((item) => ({ ...item })) };
    case "votes": {
      const results = scores.votes(body).map((item) => ({ ...item, groups: item.groups.map((group) => ({ ...group })) }));
      return { kind: "votes", results };
    }
    case "challenger-batch": {
      const results = scores.challengerBatch(body).map(({ question, ...parts }) => ({ questionId: question, ...parts }));
      return { kind: "challenger-batch", results };
    }
    case "solver-rollouts": {
      const results = scores
        .solverRollouts(body)
        .map((item) => ({ solutionId: item.solution, pseudoLabel: item.pseudoLabel, rewards: [...item.rewards] }));
      return { kind: "solver-rollouts", results };
    }
  }
}

export const createScores = endpoint(
  {
    method: "post",
    path: "/v1/scores",
    operationId: "scores_create",
    tags: ["scores"],
    summary: "Score answers, votes, questions or rollouts",
    description: "Answers at once: no kind of scoring samples from a model.",
    request: {
      headers: IdempotencyHeaders,
      body: { required: true, content: { "application/json": { schema: ScoresCreateSchema } } },
    },
    responses: {
      200: { description: "The scores.", content: { "application/json": { schema: ScoresSchema } } },
      ...errorResponses([
        ...bodyErrors,
        "not-found",
        "conflict",
        "invalid-value",
        "idempotency-in-flight",
        "idempotency-mismatch",
      ]),
    },
  },
  (c) => c.json(score(c.var.services.scores, c.req.valid("json")), 200),
  { idempotent: true },
);
