/** Evaluations of two items, one right and one wrong, as soon as their operation is let through. */

import { exampleBenchmarkSummary } from "../../../routes/evaluations/benchmark-summary-schema.ts";
import type { Evaluation, EvaluationResult, GradedAnswer } from "../../../src/records/evaluations.ts";
import { type EvaluationService, type ModelService, ServiceError } from "../../../src/training/services.ts";
import type { InMemoryOperations } from "./operations.ts";
import { Table } from "./tables.ts";

const answer = (correct: boolean): GradedAnswer => ({
  text: `\\boxed{${correct ? 28 : 30}}`,
  answer: correct ? "28" : "30",
  correct,
  how: "string",
  truncated: false,
  tokens: 4,
  judge: correct ? { equivalent: true, score: 1, reasons: ["28 is 28"] } : { error: "unreadable", message: "maybe" },
});

export function inMemoryEvaluations(
  operations: InMemoryOperations,
  models: ModelService,
  now: () => string,
): EvaluationService {
  const table = new Table<Evaluation>("evaluation", "eval");
  const resultsOf = (id: string): (EvaluationResult & { id: string })[] =>
    [false, true].map((correct, index) => ({
      id: String(index),
      evaluationId: id,
      position: index,
      itemId: `item-${index}`,
      question: "12+18-2",
      reference: "28",
      skill: "chain",
      samples: [answer(correct)],
      greedy: null,
      majority: { answer: "28", correct },
    }));
  const get = (id: string): Evaluation => {
    const row = table.get(id);
    const ended = operations.get(row.operationId).state === "cancelled" && row.state !== "completed";
    return ended ? table.change(id, { state: "cancelled", finishedAt: now() }) : row;
  };
  return {
    benchmarks: async () => [
      {
        name: "gsm8k",
        title: "GSM8K",
        source: "public",
        metric: "greedy",
        samples: 0,
        available: false,
        problem: "the data is not there",
      },
    ],
    start: async (request) => {
      const model = models.get(request.model ?? "abacus");
      const unknown = request.benchmarks.find((name) => name !== "arithmetic");
      if (unknown !== undefined) throw new ServiceError("invalid-value", `There is no benchmark ${unknown}.`);
      const evaluations: Evaluation[] = [];
      const operation = operations.start(
        "evaluations",
        "run_000001",
        request,
        async (job) => {
          await job.checkpoint();
          for (const { id } of evaluations) {
            table.change(id, { state: "completed", summary: exampleBenchmarkSummary, finishedAt: now() });
          }
          return { resources: evaluations.map(({ id }) => id), result: {} };
        },
        (operationId) => {
          for (const benchmark of request.benchmarks) {
            const sampling = { temperature: 1, topP: 1, topK: 0, minP: 0, maxTokens: 64 };
            evaluations.push(
              table.put({
                id: table.nextId(),
                operationId,
                runId: null,
                benchmark,
                model: model.id,
                weights: model.digest,
                seed: request.seed ?? 7,
                settings: { samples: 1, k: 1, greedy: false, limit: null, sampling, judge: { model: "wise" } },
                itemsDigest: null,
                items: null,
                state: "queued",
                summary: null,
                error: null,
                createdAt: now(),
                startedAt: null,
                finishedAt: null,
              }),
            );
          }
          return evaluations.map(({ id }) => id);
        },
      );
      return { operation, evaluations };
    },
    list: (page, { benchmark }) => table.page(page, (row) => benchmark === undefined || row.benchmark === benchmark),
    get,
    finished: (id) => (get(id).state === "completed" ? 2 : 0),
    results: (id, { limit }) => {
      table.get(id);
      return { data: resultsOf(id).slice(0, limit), hasMore: limit < 2, nextCursor: limit < 2 ? "0" : null };
    },
    compare: async ({ a, b }) => {
      for (const id of [a, b]) {
        if (get(id).state !== "completed") throw new ServiceError("conflict", `Evaluation ${id} is not completed.`);
      }
      const difference = { value: 0, low: 0, high: 0 };
      return {
        metric: "meanAtK",
        items: 2,
        a: 0.5,
        b: 0.5,
        difference,
        better: 0,
        worse: 0,
        test: "paired-bootstrap",
        pValue: 1,
      };
    },
  };
}
