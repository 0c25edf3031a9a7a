/**
 * Faults at the boundaries of the service, one row each: what happens to a real service on a real port, and what must come of
 * it. What a row does not say holds for all: the service answers, and the iteration ends in the weights of one left alone.
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { deviceOf } from "../../bench/resume/child-processes.ts";
import { openCurriculum } from "../../src/curriculum/curriculum.ts";
import { endStarted, startServiceProcess } from "../support/service-process.ts";

const sampling = { maxTokens: 48 };
const overrides = {
  challenger: { steps: 2, promptsPerStep: 8, groupSize: 4, sampling },
  solver: { steps: 2, promptsPerStep: 6, groupSize: 4, sampling },
  votes: { samples: 8, sampling },
  pool: { size: 48, sampling },
  evaluation: { questions: 16, samples: 2, sampling },
};
const environment = { RZERO_MODELS_DIR: fileURLToPath(new URL("../../models", import.meta.url)), RZERO_THREADS: "1" };

interface Service {
  readonly url: string;
  readonly pid: number;
  readonly data: string;
  readonly output: { out: string; err: string };
  kill(): Promise<void>;
}

async function start(data?: string): Promise<Service> {
  const started = startServiceProcess({ ...environment, ...(data === undefined ? {} : { RZERO_DATA_DIR: data }) });
  return {
    url: await started.listening(),
    pid: started.child.pid!,
    data: data ?? started.data,
    output: started.output,
    kill: async () => {
      started.child.kill("SIGKILL");
      await started.exit;
    },
  };
}

async function json<T>(url: string, body?: unknown): Promise<T> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url, body === undefined ? undefined : init);
  expect(response.status, url).toBeLessThan(300);
  return (await response.json()) as T;
}

interface Operation {
  readonly id: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** An iteration of a run that is the same in every row. */
async function iterate({ url }: Service, run?: string): Promise<{ run: string; operation: string; iteration: string }> {
  await eventually(async () => (await fetch(`${url}/readyz`)).status === 200);
  const id = run ?? (await json<{ id: string }>(`${url}/v1/runs`, { seed: 1, overrides })).id;
  const { operation, iterations } = await json<{ operation: Operation; iterations: { id: string }[] }>(
    `${url}/v1/iterations`,
    { run: id },
  );
  return { run: id, operation: operation.id, iteration: iterations[0]!.id };
}

async function ended({ url }: Service, operation: string): Promise<Operation> {
  let seen: Operation | undefined;
  await eventually(async () => {
    seen = await json<Operation>(`${url}/v1/operations/${operation}`);
    return ["completed", "failed", "cancelled"].includes(seen.state);
  });
  return seen!;
}

const weights = async ({ url }: Service, iteration: string): Promise<string[]> =>
  (await json<{ data: { weightsAfter: string }[] }>(`${url}/v1/iterations/${iteration}/steps`)).data.map(
    ({ weightsAfter }) => weightsAfter,
  );

/** Waits until `count` steps of the iteration are recorded. */
const steps = (service: Service, iteration: string, count: number) =>
  eventually(async () => (await weights(service, iteration)).length >= count);

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error("it did not happen within a minute");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The largest file the process may write from now on, as a full disk would have it: a write beyond fails. */
const limitFiles = (pid: number, bytes: number | "unlimited") =>
  execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);

/**
 * Cuts the log of a database that nobody has open as a power cut may: half of the frames that no checkpoint has moved into the
 * database are gone. (A checkpoint syncs the log first; without the frames it moved the file would be none a disk can leave.)
 * Offsets: sqlite.org/walformat.html, "The WAL-Index File Format".
 */
function losePower(database: string): void {
  const index = readFileSync(`${database}-shm`);
  const [frames, moved] = [index.readUInt32LE(16), index.readUInt32LE(96)];
  const [header, frame] = [32, 24 + 4096];
  truncateSync(`${database}-wal`, header + frame * Math.floor((moved + frames) / 2));
}

let alone: string[];
beforeAll(async () => {
  const service = await start();
  const { operation, iteration } = await iterate(service);
  expect(await ended(service, operation)).toMatchObject({ state: "completed" });
  alone = await weights(service, iteration);
  await endStarted();
}, 120_000);
afterEach(endStarted);
afterAll(endStarted);

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
      "a checkpoint is damaged on the disk",
      "the next iteration refuses it by name; no step is made with other weights",
      async () => {
        const service = await start();
        const first = await iterate(service);
        await ended(service, first.operation);
        const { solverTo } = await json<{ solverTo: string }>(`${service.url}/v1/iterations/${first.iteration}`);
        await service.kill();
        const file = openSync(join(service.data, "checkpoints", solverTo, "model.safetensors"), "r+");
        writeSync(file, Buffer.from([1, 2, 3, 4]), 0, 4, 500_000);
        closeSync(file);
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
        const started = startServiceProcess({ ...environment, RZERO_SILENCE_SECONDS: "5" });
        const service = {
          ...started,
          url: await started.listening(),
          pid: started.child.pid!,
          kill: async () => undefined,
        };
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
        const started = startServiceProcess(environment);
        const service = {
          ...started,
          url: await started.listening(),
          pid: started.child.pid!,
          kill: async () => undefined,
        };
        const { operation, iteration } = await iterate(service);
        await steps(service, iteration, 1);
        started.child.kill("SIGTERM");
        expect(await started.exit).toBe(0);
        const next = await start(started.data);
        expect(await ended(next, operation)).toMatchObject({ state: "completed", error: null });
        expect(await weights(next, iteration)).toEqual(alone);
      },
    ],
  ];

  for (const [fault, outcome, act] of rows) test(`${fault}: ${outcome}`, act, 120_000);
});
