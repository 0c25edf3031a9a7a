/** A benchmark of one's own over a real port with the embedded model, killed in the middle, judged by a real endpoint. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contract } from "../support/edge.ts";
import { endStarted, startServiceProcess } from "../support/service-process.ts";

const models = fileURLToPath(new URL("../../models", import.meta.url));
const benchmarks = mkdtempSync(join(tmpdir(), "rzero-own-"));
const data = mkdtempSync(join(tmpdir(), "rzero-data-"));
const asked: string[] = [];
const judge = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  asked.push(body);
  response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content: "Yes" } }] }));
});

const sums = Array.from({ length: 60 }, (_, index) => [11 + index, 85 - index] as const);

beforeAll(async () => {
  judge.listen(0, "127.0.0.1");
  await once(judge, "listening");
  writeFileSync(
    join(benchmarks, "sums.yaml"),
    JSON.stringify({
      title: "Sums",
      prompt: "bare",
      answer: "exact",
      metric: "meanAtK",
      samples: 16,
      maxTokens: 40,
      items: sums.map(([a, b]) => ({ question: `${a}+${b}`, answer: a + b })),
    }),
  );
});
afterAll(async () => {
  await endStarted();
  judge.close();
  for (const folder of [benchmarks, data]) rmSync(folder, { recursive: true, force: true });
});

async function serve() {
  const { port } = judge.address() as AddressInfo;
  const service = startServiceProcess({
    RZERO_MODELS_DIR: models,
    RZERO_THREADS: "1",
    RZERO_DATA_DIR: data,
    RZERO_BENCHMARKS_DIR: benchmarks,
    RZERO_JUDGE_URL: `http://127.0.0.1:${port}/v1/`,
    RZERO_JUDGE_MODEL: "wise",
    RZERO_OUTBOUND_ALLOW: "127.0.0.1",
  });
  const url = await service.listening();
  // biome-ignore lint/suspicious/noExplicitAny: bodies are checked against the contract, then read freely.
  const ask = async (method: string, path: string, body?: object, wait = 0): Promise<any> => {
    const prefer: Record<string, string> = wait > 0 ? { prefer: `wait=${wait}` } : {};
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "content-type": "application/json", accept: "application/json", ...prefer },
      ...(body && { body: JSON.stringify(body) }),
    });
    await contract.check(method, new URL(path, url).pathname, withoutTransport(response.clone()));
    return response.json();
  };
  return { service, ask };
}

/** What a socket adds to an answer. */
function withoutTransport(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const name of ["date", "keep-alive", "vary"]) headers.delete(name);
  return new Response(response.body, { status: response.status, headers });
}

test("a benchmark of one's own, over a port", { timeout: 90_000 }, async () => {
  const first = await serve();
  const listed = await first.ask("GET", "/v1/benchmarks");
  const find = (name: string) => listed.data.find((each: { name: string }) => each.name === name);
  expect(find("sums")).toMatchObject({ source: "own", available: true, samples: 16 });
  expect(find("aime24").problem).toContain("aime24/data/train-00000-of-00001.parquet");
  const missing = await first.ask("POST", "/v1/evaluations", { benchmarks: ["sums", "aime24"] });
  expect(missing).toMatchObject({ code: "invalid-value", field: "benchmarks.1", status: 422 });

  const request = { benchmarks: ["sums"], greedy: true, seed: 7 };
  const begun = await first.ask("POST", "/v1/evaluations", request);
  const path = `/v1/evaluations/${begun.evaluations[0].id}`;
  let finished = 0;
  while (finished === 0) finished = (await first.ask("GET", path)).finished;
  first.service.child.kill("SIGKILL");
  await first.service.exit;

  const { service, ask } = await serve();
  let evaluation = await ask("GET", path);
  expect(evaluation.finished).toBeGreaterThanOrEqual(finished);
  while (evaluation.state !== "completed") {
    expect(["queued", "running"]).toContain(evaluation.state);
    await new Promise((done) => setTimeout(done, 50));
    evaluation = await ask("GET", path);
  }
  expect(evaluation).toMatchObject({ benchmark: "sums", model: "abacus", items: 60, finished: 60 });
  expect(evaluation.summary.greedy.value).toBeGreaterThan(0.5);
  expect(evaluation.summary.answers.total).toBe(60 * 17);

  // Uninterrupted, and judged: the same by the rule.
  const again = await ask("POST", "/v1/evaluations", { ...request, judge: true }, 60);
  const [whole] = again.evaluations;
  expect(whole).toMatchObject({ state: "completed", summary: { ...evaluation.summary, judge: expect.anything() } });
  const { agreement } = whole.summary.judge;
  expect(agreement.bothRight + agreement.onlyJudge).toBe(agreement.judged);
  expect(asked.length).toBeGreaterThan(0);
  const judgedOnce = asked.length;
  await ask("POST", "/v1/evaluations", { ...request, judge: true }, 60);
  expect(asked.length).toBe(judgedOnce);

  const compared = await ask("POST", "/v1/evaluation-comparisons", { a: begun.evaluations[0].id, b: whole.id });
  expect(compared).toMatchObject({ metric: "greedy", items: 60, better: 0, worse: 0, pValue: 1 });
  const page = await ask("GET", `${path}/results?limit=3&outcome=mixed`);
  expect(page.data).toHaveLength(3);
  expect(page.data[0].samples).toHaveLength(16);
  service.child.kill("SIGTERM");
  expect(await service.exit).toBe(0);
});
