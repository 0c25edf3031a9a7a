/** A service on a real port is backed up while it trains, lost, and restored by the command into another folder: it goes on. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { endStarted, startServiceProcess } from "../support/service-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const data = mkdtempSync(join(tmpdir(), "rzero-elsewhere-"));
afterAll(async () => {
  await endStarted();
  rmSync(data, { recursive: true, force: true });
});

const sampling = { maxTokens: 48 };
const overrides = {
  challenger: { steps: 2, promptsPerStep: 8, groupSize: 4, sampling },
  // Enough of them to be still at work when the backup is made.
  solver: { steps: 6, promptsPerStep: 6, groupSize: 4, sampling },
  votes: { samples: 8, sampling },
  pool: { size: 48, sampling },
  evaluation: { questions: 16, samples: 2, sampling },
};
const environment = { RZERO_MODELS_DIR: join(root, "models"), RZERO_THREADS: "1" };

async function ask<T>(url: string, method = "GET", body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const init = { method, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const response = await fetch(url, method === "GET" ? undefined : init);
  expect(response.status, `${method} ${url}`).toBeLessThan(300);
  return (await response.json()) as T;
}

async function until<T>(look: () => Promise<T>, reached: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + 90_000; Date.now() < end; ) {
    const seen = await look();
    if (reached(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not happen in time");
}

const restore = (...given: readonly string[]) =>
  promisify(execFile)(process.execPath, ["--import", "tsx", "src/restore.ts", ...given], { cwd: root });

interface Iteration {
  readonly id: string;
  readonly state: string;
}
const iterationOf = (url: string, id: string) => ask<Iteration>(`${url}/v1/iterations/${id}`);
const weights = async (url: string, id: string) =>
  (await ask<{ data: { weightsAfter: string }[] }>(`${url}/v1/iterations/${id}/steps`)).data.map(
    (step) => step.weightsAfter,
  );

test("pause, back up, go on; lose it; restore, go on: the same weights", async () => {
  const service = startServiceProcess(environment);
  const url = await service.listening();
  await until(
    () => fetch(`${url}/readyz`),
    ({ status }) => status === 200,
  );
  const { id: run } = await ask<{ id: string }>(`${url}/v1/runs`, "POST", { seed: 1, overrides });
  const started = await ask<{ operation: { id: string }; iterations: Iteration[] }>(`${url}/v1/iterations`, "POST", {
    run,
  });
  const [{ id: iteration }] = started.iterations as [Iteration];
  const operation = `${url}/v1/operations/${started.operation.id}`;
  await until(
    () => weights(url, iteration),
    (steps) => steps.length >= 1,
  );

  expect(await ask(`${operation}/pause`, "POST")).toMatchObject({ state: "paused" });
  expect(await iterationOf(url, iteration)).toMatchObject({ state: "paused" });
  expect(await ask(`${operation}/resume`, "POST")).toMatchObject({ state: "queued" });

  const made = await ask<{ backup: { id: string; checkpoints: number } }>(`${url}/v1/backups`, "POST", undefined, {
    prefer: "wait=60",
  });
  const backup = join(service.data, "backups", made.backup.id);
  expect(await iterationOf(url, iteration)).toMatchObject({ state: "running" });
  await expect(restore(backup, service.data)).rejects.toThrow(/a service works on/);

  await until(
    () => iterationOf(url, iteration),
    ({ state }) => state === "completed",
  );
  const expected = await weights(url, iteration);
  service.child.kill("SIGKILL");
  await service.exit;

  const { stdout } = await restore(backup, data);
  expect(stdout).toContain(`done: ${data} is as ${made.backup.id} was`);
  expect(stdout).toContain("the model abacus");
  expect(readdirSync(join(data, "checkpoints"))).toHaveLength(made.backup.checkpoints);
  await expect(restore(backup, data)).rejects.toThrow(/is not empty/);

  const next = startServiceProcess({ ...environment, RZERO_DATA_DIR: data });
  const there = await next.listening();
  expect(await iterationOf(there, iteration)).toMatchObject({ state: "running" });
  await until(
    () => iterationOf(there, iteration),
    ({ state }) => state === "completed",
  );
  expect(await weights(there, iteration)).toEqual(expected);
}, 180_000);

test("no service starts in a folder that a restore was cut off in", async () => {
  const half = mkdtempSync(join(data, "half-"));
  mkdirSync(join(half, "unfinished-restore"));
  const service = startServiceProcess({ RZERO_DATA_DIR: half });
  expect(await service.exit).toBe(1);
  expect(service.output.err).toContain(`a restore into ${half} was cut off`);
  expect(readdirSync(half)).not.toContain("rzero.sqlite");
});
