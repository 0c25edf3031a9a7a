/**
 * Two thousand requests made from the contract, good and bad, against the real edge and services over the toy model: no
 * failure of ours, no answer the contract does not know, nothing refused that it allows, nothing let in that it forbids.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../routes/app.ts";
import { assembleDocument } from "../../routes/document.ts";
import { endpoints } from "../../routes/endpoints.ts";
import { contract } from "../support/edge.ts";
import { pinnedRequests } from "../support/fuzz/pinned-requests.ts";
import { type Document, type FuzzRequest, fuzzRequests } from "../support/fuzz/requests.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../support/services-under-test.ts";

const requests = 2000;

const document = assembleDocument(endpoints, "0.0.0").json as unknown as Document;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ ...document, $id: "contract" });

/** Rules between fields, which a schema cannot say: what the document allows may still be refused for one of these. */
const saidInWords =
  /Needs `logprobs|Give either prompt or messages|At most 32 labels|either|one of|exactly|minShare|maxShare|together/i;

let tested: ServicesUnderTest;
let app: ReturnType<typeof createApp>;
let resources: Readonly<Record<string, string>>;
const failures: string[] = [];

beforeAll(async () => {
  tested = await startServices();
  const { services, curriculum } = tested;
  app = createApp({
    services,
    idempotency: curriculum.idempotency,
    version: "0.0.0",
    clock: () => new Date(),
    heartbeatSeconds: 0.05,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => void failures.push(JSON.stringify(fields)),
    },
  });
  const run = await services.runs.create({ seed: 1, overrides: smallRun });
  const { operation, iterations } = await services.iterations.start({ run: run.id });
  await tested.ended(operation);
  const evaluated = await services.evaluations.start({
    benchmarks: ["arithmetic"],
    samples: 2,
    greedy: true,
    limit: 5,
    seed: 1,
  });
  await tested.ended(evaluated.operation);
  const first = { limit: 1, after: null };
  // Nobody listens there: what is sent is refused at once.
  const { endpoint: hook } = await services.webhooks.create({ url: "http://127.0.0.1:9/" });
  resources = {
    $run: run.id,
    $iteration: iterations[0]!.id,
    $question: services.questions.list(first, { run: run.id }).data[0]!.id,
    $solution: services.solutions.list(first, { run: run.id }).data[0]!.id,
    $step: services.iterations.steps(iterations[0]!.id)[0]!.id,
    $checkpoint: run.solverCheckpointId,
    $operation: operation.id,
    $evaluation: evaluated.evaluations[0]!.id,
    $hook: hook.id,
    $msg: (await services.webhooks.test(hook.id)).delivery.id,
  };
});
afterAll(() => tested.remove());

/** Names of resources become ids, wherever they stand. */
function filled<T>(value: T): T {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  return JSON.parse(
    text.replaceAll(
      /\$(run|iteration|question|solution|step|checkpoint|operation|evaluation|hook|msg)\b/g,
      (name) => resources[name]!,
    ),
  );
}

const deletes = (request: FuzzRequest) => request.method === "DELETE" && request.id.startsWith("$");

async function send(given: FuzzRequest): Promise<void> {
  // The resources everything else refers to are not deleted; what has no name may be.
  const request = filled(deletes(given) ? { ...given, id: "none" } : given);
  const path = request.template.replace(/\{\w+\}/, encodeURIComponent(request.id));
  const query = new URLSearchParams(request.query).toString();
  const reads = request.method === "GET" || request.method === "HEAD";
  const body = request.raw ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, value.replace("$now", String(Math.random()))]),
  );
  const response = await app.request(`http://127.0.0.1:8080${path}${query === "" ? "" : `?${query}`}`, {
    method: request.method,
    headers,
    ...(body === undefined || reads ? {} : { body }),
  });
  const { status } = response;
  const copy = response.clone();
  if (request.method !== "HEAD") await contract.check(request.method, new URL(`http://a${path}`).pathname, response);
  else await response.body?.cancel();
  const text = await copy.text();
  expect(status, text).toBeLessThan(500);
  for (const [name, value] of copy.headers) expect(value, name).not.toMatch(/[\r\n]/);
  expect(copy.headers.get("x-injected")).toBeNull();
  const started = status === 202 ? JSON.parse(text).operation : undefined;
  if (started !== undefined) await tested.services.operations.cancel(started.id);
  agreesWithSchema(request, status, text);
}

/** Where only the body is in question, the edge and the document must say the same of it. */
function agreesWithSchema(request: FuzzRequest, status: number, text: string): void {
  const operation = document.paths[request.template]?.[request.method.toLowerCase()];
  if (operation?.requestBody === undefined || request.body === undefined) return;
  if (Object.keys(request.query).length > 0 || request.headers["content-type"] !== "application/json") return;
  if (Object.keys(request.headers).length > 1 || request.id.length > 200) return;
  const schema = operation.requestBody.content["application/json"]!.schema as { $ref: string };
  const validate = ajv.getSchema(`contract${schema.$ref}`)!;
  // What is undefined in a body is not in its JSON.
  const allowed = validate(JSON.parse(JSON.stringify(request.body)));
  if (!allowed) expect(status, `let in: ${ajv.errorsText(validate.errors)} ${text}`).toBeGreaterThanOrEqual(400);
  else if (status === 400 && !saidInWords.test(text)) {
    expect(text, `refused though the document allows it: ${JSON.stringify(request.body)}`).not.toMatch(
      /"code": ?"invalid[-_]request"/,
    );
  }
}

test(`${requests} requests made from the contract are answered as it says`, { timeout: 180_000 }, async () => {
  const before = openHandles();
  await fc.assert(fc.asyncProperty(fuzzRequests(document), send), {
    numRuns: requests,
    examples: pinnedRequests.map((request): [FuzzRequest] => [request]),
    interruptAfterTimeLimit: 150_000,
    markInterruptAsFailure: true,
  });
  expect(failures).toEqual([]);
  await tested.running.idle();
  // Timers of streams that were just left run out.
  for (let i = 0; i < 40 && openHandles() > before; i++) await sleep(50);
  expect(openHandles()).toBeLessThanOrEqual(before);
});

/** Timers and sockets that keep the process alive. */
function openHandles(): number {
  return process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP|Pipe|FSReq/.test(kind)).length;
}
