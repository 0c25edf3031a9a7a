/** A service on a real port and what tests ask of it: an iteration that is the same in every test, its end, its weights. */
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { startServiceProcess } from "./service-process.ts";

const sampling = { maxTokens: 48 };
export const overrides = {
  challenger: { steps: 2, promptsPerStep: 8, groupSize: 4, sampling },
  solver: { steps: 2, promptsPerStep: 6, groupSize: 4, sampling },
  votes: { samples: 8, sampling },
  pool: { size: 48, sampling },
  evaluation: { questions: 16, samples: 2, sampling },
};
const environment = { RZERO_MODELS_DIR: fileURLToPath(new URL("../../models", import.meta.url)), RZERO_THREADS: "1" };

export interface Service {
  readonly url: string;
  readonly pid: number;
  readonly data: string;
  readonly output: { out: string; err: string };
  /** Of its process, once it has ended. */
  readonly exit: Promise<number>;
  /** Resolves when it is gone. */
  kill(signal?: "SIGKILL" | "SIGTERM"): Promise<void>;
}

export async function start(data?: string, variables: Record<string, string> = {}): Promise<Service> {
  const given = { ...environment, ...variables, ...(data === undefined ? {} : { RZERO_DATA_DIR: data }) };
  const { child, output, exit, listening, data: own } = startServiceProcess(given);
  return {
    url: await listening(),
    pid: child.pid!,
    data: data ?? own,
    output,
    exit,
    kill: async (signal = "SIGKILL") => {
      child.kill(signal);
      await exit;
    },
  };
}

export async function json<T>(url: string, body?: unknown): Promise<T> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url, body === undefined ? undefined : init);
  expect(response.status, url).toBeLessThan(300);
  return (await response.json()) as T;
}

export interface Operation {
  readonly id: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Started {
  readonly run: string;
  readonly operation: string;
  readonly iteration: string;
}

/** An iteration of the run, or of a new one. */
export async function iterate({ url }: Service, run?: string, changes: object = {}): Promise<Started> {
  await eventually(async () => (await fetch(`${url}/readyz`)).status === 200);
  const body = { seed: 1, overrides: { ...overrides, ...changes } };
  const id = run ?? (await json<{ id: string }>(`${url}/v1/runs`, body)).id;
  const { operation, iterations } = await json<{ operation: Operation; iterations: { id: string }[] }>(
    `${url}/v1/iterations`,
    { run: id },
  );
  return { run: id, operation: operation.id, iteration: iterations[0]!.id };
}

export async function ended({ url }: Service, operation: string): Promise<Operation> {
  let seen: Operation | undefined;
  await eventually(async () => {
    seen = await json<Operation>(`${url}/v1/operations/${operation}`);
    return ["completed", "failed", "cancelled"].includes(seen.state);
  });
  return seen!;
}

interface Step {
  readonly weightsAfter: string;
  readonly skipped: string | null;
}

export const stepsOf = async ({ url }: Service, iteration: string): Promise<readonly Step[]> =>
  (await json<{ data: Step[] }>(`${url}/v1/iterations/${iteration}/steps`)).data;

export const weights = async (service: Service, iteration: string): Promise<string[]> =>
  (await stepsOf(service, iteration)).map(({ weightsAfter }) => weightsAfter);

/** Waits until `count` steps of the iteration are recorded. */
export const steps = (service: Service, iteration: string, count: number) =>
  eventually(async () => (await weights(service, iteration)).length >= count);

export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition()); ) {
    if (Date.now() > end) throw new Error("it did not happen within a minute");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
