/** Questions: proposed by the Challenger (queued) or submitted by a caller (at once). */
import { jsonLines } from "../exports/json-lines.ts";
import { parquet } from "../exports/parquet.ts";
import type { Question } from "../records/records.ts";
import { type Environment, freshSeed, timestamp } from "./environment.ts";
import type { OperationQueue } from "./operation-queue.ts";
import { type ExportFormat, type QuestionService, ServiceError } from "./services.ts";

const MAX_COUNT = 10_000;

const WRITERS = { jsonl: jsonLines, parquet } as const satisfies Record<ExportFormat, unknown>;

export function createQuestionService(environment: Environment, queue: OperationQueue): QuestionService {
  const { curriculum } = environment;
  const { questions } = curriculum;
  return {
    propose: async ({ run, count, seed }, attempt) => {
      const queued = queue.queuedBy(attempt);
      if (queued !== null) return queued;
      curriculum.runs.get(run);
      if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
        throw new ServiceError("invalid-value", `count is ${count}; expected an integer from 1 to ${MAX_COUNT}`, {
          field: "count",
          value: count,
        });
      }
      const request = { run, count, seed: seed ?? freshSeed(environment) };
      return queue.submit({ kind: "questions", runId: run, request, attempt });
    },
    submit: async ({ run, questions: texts }, attempt) => {
      if (attempt?.made) return questions.getMany(attempt.made);
      curriculum.runs.get(run);
      const rows = texts.map((text, index): Question => {
        if (text.trim() === "") {
          throw new ServiceError("invalid-value", "a question has text", { field: `questions.${index}`, value: text });
        }
        return {
          id: curriculum.makeId("question"),
          runId: run,
          iterationId: null,
          phaseKind: null,
          source: "submitted",
          state: "proposed",
          text,
          proposedAnswer: null,
          rolloutId: null,
          pseudoLabel: null,
          majorityShare: null,
          labelCorrect: null,
          verification: null,
          decomposition: null,
          createdAt: timestamp(environment),
        };
      });
      await questions.insertMany(rows, () => attempt?.note(rows.map(({ id }) => id)));
      return rows;
    },
    list: (page, filter) => questions.list(page, filter),
    export: (filter, format) => WRITERS[format](questions.pages(filter)),
    get: (id) => questions.get(id),
    getMany: (ids) => questions.getMany(ids),
  };
}
