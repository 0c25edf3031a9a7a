import type { z } from "@hono/zod-openapi";
import type { ScoreService } from "../../src/training/services.ts";
import { endpoint } from "../edge/endpoint.ts";
import { voteGroupView } from "../solutions/solution-schema.ts";
import { IdempotencyHeaders } from "../wire/field-schemas.ts";
import { bodyErrors, errorResponses } from "../wire/problem-schema.ts";
import { ScoresCreateSchema, ScoresSchema } from "./score-schema.ts";

async function score(
  scores: ScoreService,
  body: z.infer<typeof ScoresCreateSchema>,
  signal: AbortSignal,
): Promise<z.infer<typeof ScoresSchema>> {
  switch (body.kind) {
    case "answers": {
      const results = (await scores.answers(body, signal)).map(({ answer, reference, correct, how, error }) => ({
        answer,
        reference,
        correct,
        how,
        error,
      }));
      return { kind: "answers", results };
    }
    case "votes": {
      const results = (await scores.votes(body, signal)).map((vote) => ({
        pseudoLabel: vote.pseudoLabel,
        majorityShare: vote.majorityShare,
        withoutAnswer: vote.withoutAnswer,
        groups: vote.groups.map(voteGroupView),
        gradingErrors: { ...vote.gradingErrors },
      }));
      return { kind: "votes", results };
    }
    case "challenger-batch": {
      const results = (await scores.challengerBatch(body)).map((item) => ({
        questionId: item.question,
        formatReward: item.formatReward,
        majorityShare: item.majorityShare,
        uncertaintyReward: item.uncertaintyReward,
        repetitionPenalty: item.repetitionPenalty,
        clusterSize: item.clusterSize,
        reward: item.reward,
      }));
      return { kind: "challenger-batch", results };
    }
    case "solver-rollouts": {
      const results = (await scores.solverRollouts(body, signal)).map((item) => ({
        solutionId: item.solution,
        pseudoLabel: item.pseudoLabel,
        rewards: [...item.rewards],
        verdicts: [...item.verdicts],
      }));
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
        "cancelled",
        "invalid-value",
        "idempotency-in-flight",
        "idempotency-mismatch",
      ]),
    },
  },
  async (c) => c.json(await score(c.var.services.scores, c.req.valid("json"), c.req.raw.signal), 200),
  { idempotent: true },
);
