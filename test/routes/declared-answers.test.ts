/** Every declared answer that is no error, provoked: with declared-errors.test.ts, each status of each operation. */
import { expect, it } from "vitest";
import { docsFileNames } from "../../routes/docs/docs-files.ts";
import { assembleDocument } from "../../routes/document.ts";
import { endpoints } from "../../routes/endpoints.ts";
import { testEdge } from "../support/edge.ts";

interface Responses {
  readonly operationId: string;
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, unknown> }>;
}

const { paths } = assembleDocument(endpoints, "0.0.0").json as unknown as {
  paths: Record<string, Record<string, Responses>>;
};

/** `operationId status type` of what is declared. Errors name their codes; the answer that something is not ready does not. */
function declaredAnswers(): string[] {
  return Object.values(paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { description, content }]) => {
        if (/^`[a-z-]+`: /.test(description)) return [];
        return Object.keys(content ?? { "": null }).map((type) => `${operationId} ${status} ${type}`);
      }),
    ),
  );
}

it("is answered by some request, and nothing else is", { timeout: 20_000 }, async () => {
  const { send, services } = testEdge();
  const seen = new Set<string>();
  const ask = async (operationId: string, method: string, path: string, body?: unknown, headers = {}) => {
    const answer = await send(method, path, body, headers);
    const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
    seen.add(`${operationId} ${answer.status} ${answer.status === 204 ? "" : type}`);
    return answer.body;
  };
  const wait = { prefer: "wait=5" };

  const run = await ask("runs_create", "POST", "/v1/runs", {});
  await ask("runs_list", "GET", "/v1/runs");
  await ask("runs_get", "GET", `/v1/runs/${run.id}`);
  await ask("runs_update", "PATCH", `/v1/runs/${run.id}`, { labels: { a: "b" } });
  await ask("presets_list", "GET", "/v1/presets");

  const { iterations, operation } = await ask("iterations_create", "POST", "/v1/iterations", { run: run.id }, wait);
  await ask("iterations_create", "POST", "/v1/iterations", { run: run.id });
  const iteration = `/v1/iterations/${iterations[0].id}`;
  await ask("iterations_list", "GET", "/v1/iterations");
  await ask("iterations_get", "GET", iteration);
  await ask("iterations_steps", "GET", `${iteration}/steps`);
  await ask("iterations_cancel", "POST", `${iteration}/cancel`);

  const propose = { kind: "propose", run: run.id, count: 1 };
  const { questions } = await ask("questions_create", "POST", "/v1/questions", propose, wait);
  await ask("questions_create", "POST", "/v1/questions", propose);
  await ask("questions_create", "POST", "/v1/questions", { kind: "submit", run: run.id, questions: ["1+1"] });
  await ask("questions_list", "GET", "/v1/questions");
  for (const format of ["jsonl", "parquet"]) await ask("questions_list", "GET", `/v1/questions?format=${format}`);
  await ask("questions_get", "GET", `/v1/questions/${questions[0].id}`);

  const solve = { run: run.id, questions: [questions[0].id] };
  const { solutions } = await ask("solutions_create", "POST", "/v1/solutions", solve, wait);
  await ask("solutions_create", "POST", "/v1/solutions", solve);
  await ask("solutions_list", "GET", "/v1/solutions");
  await ask("solutions_get", "GET", `/v1/solutions/${solutions[0].id}`);
  await ask("solutions_rollouts", "GET", `/v1/solutions/${solutions[0].id}/rollouts`);
  await ask("scores_create", "POST", "/v1/scores", {
    kind: "votes",
    domain: "arithmetic",
    items: [{ answers: ["1"] }],
  });

  const train = { run: run.id, role: "solver", solutions: [solutions[0].id] };
  const { trainingSteps } = await ask("training_steps_create", "POST", "/v1/training-steps", train, wait);
  await ask("training_steps_create", "POST", "/v1/training-steps", train);
  await ask("training_steps_list", "GET", "/v1/training-steps");
  await ask("training_steps_get", "GET", `/v1/training-steps/${trainingSteps[0].id}`);

  const evaluate = { benchmarks: ["arithmetic"], samples: 1 };
  const { evaluations } = await ask("evaluations_create", "POST", "/v1/evaluations", evaluate, wait);
  const evaluation = `/v1/evaluations/${evaluations[0].id}`;
  await ask("evaluations_create", "POST", "/v1/evaluations", evaluate);
  await ask("evaluations_list", "GET", "/v1/evaluations");
  await ask("evaluations_get", "GET", evaluation);
  await ask("evaluations_results", "GET", `${evaluation}/results?outcome=wrong`);
  await ask("evaluations_cancel", "POST", `${evaluation}/cancel`);
  const pair = { a: evaluations[0].id, b: evaluations[0].id };
  await ask("evaluations_compare", "POST", "/v1/evaluation-comparisons", pair);
  await ask("benchmarks_list", "GET", "/v1/benchmarks");

  await ask("checkpoints_list", "GET", "/v1/checkpoints");
  const checkpoint = `/v1/checkpoints/${run.solverCheckpointId}`;
  await ask("checkpoints_get", "GET", checkpoint);
  await ask("checkpoints_update", "PATCH", checkpoint, { pinned: false });
  await ask("checkpoints_download", "GET", `${checkpoint}/download`);

  const { backup } = await ask("backups_create", "POST", "/v1/backups", undefined, wait);
  await ask("backups_create", "POST", "/v1/backups");
  await ask("backups_list", "GET", "/v1/backups");
  await ask("backups_get", "GET", `/v1/backups/${backup.id}`);
  await ask("backups_delete", "DELETE", `/v1/backups/${backup.id}`);

  const { id } = operation;
  await ask("operations_list", "GET", "/v1/operations");
  await ask("operations_get", "GET", `/v1/operations/${id}`);
  services.operations.hold();
  const held = await ask("questions_create", "POST", "/v1/questions", propose);
  await ask("operations_pause", "POST", `/v1/operations/${held.operation.id}/pause`);
  await ask("operations_resume", "POST", `/v1/operations/${held.operation.id}/resume`);
  await services.operations.cancel(held.operation.id);
  services.operations.release();
  await ask("operations_cancel", "POST", `/v1/operations/${id}/cancel`);
  await ask("operations_events", "GET", `/v1/operations/${id}/events`);
  await ask("operations_events", "GET", `/v1/operations/${id}/events`, undefined, { accept: "application/json" });
  await ask("operations_events", "GET", `/v1/operations/${id}/events`, undefined, { "last-event-id": "1000" });

  const hooks = "/v1/webhook-endpoints";
  const made = await ask("webhook_endpoints_create", "POST", hooks, { url: "https://hooks.example/" });
  const hook = `${hooks}/${made.endpoint.id}`;
  await ask("webhook_endpoints_list", "GET", hooks);
  await ask("webhook_endpoints_get", "GET", hook);
  await ask("webhook_endpoints_update", "PATCH", hook, { enabled: true });
  await ask("webhook_endpoints_rotate_secret", "POST", `${hook}/rotate-secret`);
  const delivery = await ask("webhook_endpoints_test", "POST", `${hook}/test`);
  await ask("webhook_deliveries_list", "GET", "/v1/webhook-deliveries");
  await ask("webhook_deliveries_get", "GET", `/v1/webhook-deliveries/${delivery.id}`);
  await ask("webhook_deliveries_resend", "POST", `/v1/webhook-deliveries/${delivery.id}/resend`);
  await ask("webhook_endpoints_delete", "DELETE", hook);

  const evaluators = "/v1/evaluators";
  const asked = await ask("evaluators_create", "POST", evaluators, { kind: "judge", url: "https://judge.example/" });
  const evaluator = `${evaluators}/${asked.evaluator.id}`;
  await ask("evaluators_list", "GET", evaluators);
  await ask("evaluators_get", "GET", evaluator);
  await ask("evaluators_update", "PATCH", evaluator, { attempts: 2 });
  await ask("evaluators_rotate_secret", "POST", `${evaluator}/rotate-secret`);
  const call = await ask("evaluators_test", "POST", `${evaluator}/test`);
  await ask("evaluator_calls_list", "GET", "/v1/evaluator-calls");
  await ask("evaluator_calls_get", "GET", `/v1/evaluator-calls/${call.id}`);
  await ask("evaluators_delete", "DELETE", evaluator);

  await ask("models_list", "GET", "/v1/models");
  await ask("models_get", "GET", "/v1/models/abacus");
  for (const stream of [false, true]) {
    await ask("completions_create", "POST", "/v1/completions", { model: "abacus", prompt: "ab", stream });
    const messages = [{ role: "user", content: "ab" }];
    await ask("chat_completions_create", "POST", "/v1/chat/completions", { model: "abacus", messages, stream });
  }
  await ask("tokens_encode", "POST", "/tokenize", { prompt: "ab" });
  await ask("tokens_decode", "POST", "/detokenize", { tokens: [97] });
  await ask("tokenizer_get", "GET", "/tokenizer_info");

  await ask("index_get", "GET", "/");
  await ask("health_get", "GET", "/healthz");
  await ask("readiness_get", "GET", "/readyz");
  services.readiness.ready = false;
  await ask("readiness_get", "GET", "/readyz");
  await ask("openapi_get_json", "GET", "/openapi.json");
  await ask("openapi_get_yaml", "GET", "/openapi.yaml");
  await ask("docs_get", "GET", "/docs");
  for (const name of docsFileNames) await ask("docs_file", "GET", `/docs/${name}`);
  await ask("metrics_get", "GET", "/metrics");
  await services.operations.wait(id, 5);
  await ask("runs_delete", "DELETE", `/v1/runs/${run.id}`);
  await ask("checkpoints_delete", "DELETE", checkpoint);

  expect([...seen].sort()).toEqual(declaredAnswers().sort());
});
