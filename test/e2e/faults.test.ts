/**
 * Faults at the boundaries of the service, one row each: what happens to a real service on a real port, and what must come of
 * it. What a row does not say holds for all: the service answers, and the iteration ends in the weights of one left alone.
 * In processes of their own tests: a clock that goes back while something runs (test/src/training/clock.test.ts), a log that was
 * cut where no power cut cuts it (test/src/curriculum/damage.test.ts).
 */
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { deviceOf } from "../../bench/resume/child-processes.ts";
import { openCurriculum } from "../../src/curriculum/curriculum.ts";
import { type Answering, accept, type Batch, startEvaluator } from "../support/evaluator-server.ts";
import {
  ended,
  eventually,
  iterate,
  json,
  overrides,
  start,
  steps,
  stepsOf,
  weights,
} from "../support/service-client.ts";
import { endStarted, startServiceProcess } from "../support/service-process.ts";
import { limitFiles, losePower, overwrite, spoilTable } from "../support/spoiled-files.ts";

/** Weights after each step of an iteration left alone, and the data folder it left. */
let alone: string[];
const folders = mkdtempSync(join(tmpdir(), "rzero-faults-"));
beforeAll(async () => {
  const service = await start();
  const { operation, iteration } = await iterate(service);
  expect(await ended(service, operation)).toMatchObject({ state: "completed" });
  alone = await weights(service, iteration);
  await service.kill("SIGTERM");
  cpSync(service.data, join(folders, "finished"), { recursive: true });
  await endStarted();
}, 120_000);
afterEach(endStarted);
afterAll(async () => {
  await endStarted();
  rmSync(folders, { recursive: true, force: true });
});

function copyOfFinished(): string {
  const copy = mkdtempSync(join(folders, "copy-"));
  cpSync(join(folders, "finished"), copy, { recursive: true });
  return copy;
}

/** What a service that does not start on this folder says. */
async function refusal(data: string, user: { readonly uid?: number } = {}): Promise<string> {
  const { output, exit } = startServiceProcess({ RZERO_DATA_DIR: data }, undefined, user);
  expect(await exit).toBe(1);
  return output.err;
}

const DAMAGED = /^rzero: \S+rzero\.sqlite is damaged \([^\n]+\); restore a backup[^\n]+\n$/;

const accepting = ({ items }: Batch): Answering => ({ body: { items: items.map(accept) } });

/** A service whose Solver is trained under the eyes of an evaluator, which answers as it is told by all it was sent. */
async function judged(
  kind: "grader" | "verifier",
  limits: object,
  answering: (batches: readonly Batch[]) => Answering,
) {
  const batches: Batch[] = [];
  const evaluator = await startEvaluator((batch) => {
    batches.push(batch);
    return answering(batches);
  });
  const service = await start(undefined, { RZERO_OUTBOUND_ALLOW: "127.0.0.1" });
  const body = { kind, url: evaluator.url, ...limits };
  const registered = await json<{ evaluator: { id: string } }>(`${service.url}/v1/evaluators`, body);
  const { id } = registered.evaluator;
  const asks = await iterate(service, undefined, {
    challenger: { ...overrides.challenger, steps: 0 },
    evaluators: { [kind]: id, onError: kind === "grader" && "batchSize" in limits ? "fail" : "skip" },
  });
  return { service, evaluator, asks };
}

describe.runIf(process.platform === "linux")("faults", () => {
  const rows: readonly (readonly [fault: string, outcome: string, act: () => Promise<void>])[] = [
    [
      "the disk is full for the database",
      "reading goes on; the queue waits, and goes on when there is room",
      async () => {
        const service = await start();
        const { operation, iteration } = await iterate(service);
        await steps(service, iteration, 1);
        limitFiles(service.pid, 1000);
        await eventually(async () => service.output.out.includes("the queue waits"));
        expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
        expect((await fetch(`${service.url}/v1/iterations`)).status).toBe(200);
        limitFiles(service.pid, "unlimited");
        expect(await ended(service, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(service, iteration)).toEqual(alone);
      },
    ],
    [
      "the disk is full for a checkpoint",
      "nothing half-written; the phase goes on when there is room",
      async () => {
        const service = await start();
        const { operation, iteration } = await iterate(service);
        limitFiles(deviceOf(service.pid)!, 100_000);
        await eventually(async () => service.output.out.includes("the queue waits"));
        expect(readdirSync(join(service.data, "checkpoints")).filter((name) => name.startsWith("ckpt"))).toEqual([]);
        limitFiles(deviceOf(service.pid)!, "unlimited");
        expect(await ended(service, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(service, iteration)).toEqual(alone);
      },
    ],
    [
      "half of what the database has not synced is lost with a power cut",
      "what it held is made again",
      async () => {
        const service = await start();
        const { operation, iteration } = await iterate(service);
        await steps(service, iteration, 3);
        await service.kill();
        losePower(join(service.data, "rzero.sqlite"));
        const next = await start(service.data);
        expect(await ended(next, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(next, iteration)).toEqual(alone);
      },
    ],
    [
      "a page of the database is overwritten while a killed service is down",
      "it does not start, and says in one line what is damaged",
      async () => {
        const service = await start(copyOfFinished());
        await json(`${service.url}/v1/runs`, { seed: 2 });
        await service.kill();
        spoilTable(join(service.data, "rzero.sqlite"), "solutions");
        expect(await refusal(service.data)).toMatch(DAMAGED);
      },
    ],
    [
      "a page of the database is overwritten while a service that ended well is down",
      "whoever reads it ends the service, with one line and not with a number that nobody wrote",
      async () => {
        const data = copyOfFinished();
        spoilTable(join(data, "rzero.sqlite"), "solutions");
        const service = await start(data);
        await fetch(`${service.url}/v1/solutions`).catch(() => undefined);
        expect(await service.exit).toBe(1);
        expect(service.output.err).toMatch(DAMAGED);
      },
    ],
    [
      "the data folder became read-only",
      "it does not start, and says in one line what to do",
      async () => {
        const data = copyOfFinished();
        for (const name of readdirSync(data)) chmodSync(join(data, name), 0o555);
        chmodSync(data, 0o555);
        // Root may write anything.
        const user = process.getuid?.() === 0 ? { uid: 65534 } : {};
        chmodSync(folders, 0o755);
        expect(await refusal(data, user)).toMatch(
          /^rzero: \S+ cannot be written to \(\w+\); set RZERO_DATA_DIR[^\n]+\n$/,
        );
        chmodSync(data, 0o755);
      },
    ],
    [
      "a checkpoint is damaged on the disk",
      "the next iteration refuses it by name; no step is made with other weights",
      async () => {
        const service = await start();
        const first = await iterate(service);
        await ended(service, first.operation);
        const { solverTo } = await json<{ solverTo: string }>(`${service.url}/v1/iterations/${first.iteration}`);
        await service.kill();
        const file = join(service.data, "checkpoints", solverTo, "model.safetensors");
        overwrite(file, 500_000, Uint8Array.of(1, 2, 3, 4));
        const next = await start(service.data);
        const second = await iterate(next, first.run);
        const { state, error } = await ended(next, second.operation);
        expect(state).toBe("failed");
        expect(error!.message).toContain(solverTo);
        expect(await weights(next, second.iteration)).toEqual([]);
        expect((await fetch(`${next.url}/healthz`)).status).toBe(200);
      },
    ],
    [
      "the clock goes back an hour between two starts",
      "ids still grow, so nothing made before is taken for made after",
      async () => {
        const service = await start();
        const { operation, iteration } = await iterate(service);
        await steps(service, iteration, 1);
        await service.kill();
        const file = join(service.data, "rzero.sqlite");
        const before = openCurriculum({ file, now: () => Date.now() + 3_600_000, random: Math.random });
        const early = before.makeId("run");
        before.runs.insert({ ...before.runs.list({ limit: 1, after: null }).data[0]!, id: early });
        before.close();
        const next = await start(service.data);
        expect(await ended(next, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(next, iteration)).toEqual(alone);
        const { id } = await json<{ id: string }>(`${next.url}/v1/runs`, { seed: 2 });
        expect(id > early).toBe(true);
      },
    ],
    [
      "the device stands still",
      "it is ended as hanging, and the step made again",
      async () => {
        const service = await start(undefined, { RZERO_SILENCE_SECONDS: "5" });
        const { operation, iteration } = await iterate(service);
        await steps(service, iteration, 1);
        process.kill(deviceOf(service.pid)!, "SIGSTOP");
        expect(await ended(service, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(service, iteration)).toEqual(alone);
        expect(service.output.out).toContain("gave no sign of life for 5 s");
      },
    ],
    [
      "followers that never read, and some that vanish in the middle of a line",
      "nobody else waits for them",
      async () => {
        const service = await start();
        const { operation, iteration } = await iterate(service);
        const { port } = new URL(service.url);
        const sockets = Array.from({ length: 40 }, () => {
          const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
          socket.write(`GET /v1/operations/${operation}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
          return socket.pause();
        });
        await steps(service, iteration, 1);
        for (const socket of sockets.slice(20)) socket.resetAndDestroy();
        expect(await ended(service, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(service, iteration)).toEqual(alone);
        for (const socket of sockets) socket.destroy();
        const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${service.pid}/status`, "utf8"))![1]);
        expect(resident).toBeLessThan(1_000_000);
      },
    ],
    [
      "SIGTERM in the middle of a step",
      "it ends within its grace period, and the next start goes on",
      async () => {
        const service = await start();
        const { operation, iteration } = await iterate(service);
        await steps(service, iteration, 1);
        await service.kill("SIGTERM");
        expect(await service.exit).toBe(0);
        const next = await start(service.data);
        expect(await ended(next, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(next, iteration)).toEqual(alone);
      },
    ],
  ];

  const evaluatorRows: typeof rows = [
    [
      "an evaluator dies in the middle of a step",
      "the iteration fails and names it, the run stays where it was, and goes on once it is back",
      async () => {
        const { service, evaluator, asks } = await judged("grader", { batchSize: 8, attempts: 1 }, (batches) =>
          batches.length <= 2 ? accepting(batches.at(-1)!) : "hang",
        );
        await eventually(async () => evaluator.batches.length > 2);
        await evaluator.close();
        const failed = await ended(service, asks.operation);
        expect(failed).toMatchObject({ state: "failed", error: { code: "evaluator-failed" } });
        expect(failed.error!.message).toContain("evr_");
        expect(await stepsOf(service, asks.iteration)).toEqual([]);
        const back = await startEvaluator(accepting, Number(new URL(evaluator.url).port));
        const again = await iterate(service, asks.run);
        expect(await ended(service, again.operation)).toMatchObject({ state: "completed", error: null });
        await back.close();
      },
    ],
    [
      "an evaluator hangs",
      "its questions stay unverified, nobody trains on them, and requests are answered meanwhile",
      async () => {
        const limits = { deadlineMs: 1000, attempts: 1 };
        const { service, evaluator, asks } = await judged("verifier", limits, () => "hang");
        await eventually(async () => evaluator.batches.length > 0);
        expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
        expect(await ended(service, asks.operation)).toMatchObject({ state: "completed", error: null });
        expect(await stepsOf(service, asks.iteration)).toMatchObject([{ skipped: "no-questions-kept" }]);
        const unverified = `${service.url}/v1/questions?run=${asks.run}&state=unverified`;
        expect((await json<{ data: unknown[] }>(unverified)).data.length).toBeGreaterThan(0);
        await evaluator.close();
      },
    ],
    [
      "an evaluator answers nonsense from the second step on",
      "the first step is made, the second is not, and no reward is one that nobody gave",
      async () => {
        const nonsense = [
          { body: "<html>" },
          { body: { items: [{ id: "0", verdict: "accept", score: 7, reasons: [] }] } },
        ];
        const { service, evaluator, asks } = await judged("grader", { attempts: 1 }, (batches) =>
          batches.length === 1 ? accepting(batches[0]!) : nonsense[batches.length % 2]!,
        );
        expect(await ended(service, asks.operation)).toMatchObject({ state: "completed", error: null });
        const made = await stepsOf(service, asks.iteration);
        expect(made.map(({ skipped }) => skipped)).toEqual(["all-groups-constant", "no-rollouts-graded"]);
        await evaluator.close();
      },
    ],
  ];

  for (const [fault, outcome, act] of [...rows, ...evaluatorRows]) test(`${fault}: ${outcome}`, act, 120_000);
});
