/** Evaluators in memory: nothing is sent; every test is answered. */
import type { Evaluator, EvaluatorCall } from "../../../src/records/evaluator.ts";
import { type EvaluatorService, ServiceError } from "../../../src/training/services.ts";
import { Table } from "./tables.ts";

export function inMemoryEvaluators(now: () => string): EvaluatorService {
  const evaluators = new Table<Evaluator>("evaluator", "evr");
  const calls = new Table<EvaluatorCall>("evaluator call", "call");
  const optional = (wanted: string | undefined, value: string | null) => wanted === undefined || wanted === value;
  return {
    create: ({ description = "", ...request }) => {
      if (request.url.includes("127.0.0.1")) throw new ServiceError("invalid-value", "loopback", { field: "url" });
      const limits = { deadlineMs: 30_000, batchSize: 64, maxConcurrent: 4, attempts: 4 };
      const evaluator = { id: evaluators.nextId(), version: 1, description, ...limits, ...request, createdAt: now() };
      return { evaluator: evaluators.put(evaluator), secret: `whsec_${"B".repeat(43)}=` };
    },
    list: (page, { kind }) => evaluators.page(page, (row) => optional(kind, row.kind)),
    get: (id) => evaluators.get(id),
    update: (id, change) => evaluators.change(id, change),
    delete: (id) => evaluators.remove(evaluators.get(id).id),
    rotateSecret: (id) => {
      const evaluator = evaluators.change(id, { version: evaluators.get(id).version + 1 });
      return { evaluator, secret: `whsec_${"C".repeat(43)}=` };
    },
    test: async (evaluatorId) =>
      calls.put({
        id: calls.nextId(),
        evaluatorId,
        evaluatorVersion: 1,
        kind: evaluators.get(evaluatorId).kind,
        runId: null,
        iterationId: null,
        body: "{}",
        digest: "0".repeat(64),
        attempts: [
          { startedAt: now(), milliseconds: 3, outcome: "json", status: 200, message: "answered 200 in 3 ms" },
        ],
        verdicts: [{ verdict: "accept", score: 1, reasons: [] }],
        error: null,
        createdAt: now(),
        finishedAt: now(),
      }),
    calls: (page, { evaluator, run, iteration }) =>
      calls.page(
        page,
        (row) =>
          optional(evaluator, row.evaluatorId) && optional(run, row.runId) && optional(iteration, row.iterationId),
      ),
    call: (id) => calls.get(id),
  };
}
