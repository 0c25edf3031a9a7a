import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type LoadFigures, measureLoad } from "../../bench/load/load.ts";
import { measureQueue } from "../../bench/load/queue.ts";
import { queueBars, queueMarkdown } from "../../bench/load/queue-report.ts";
import { bars, markdown } from "../../bench/load/report.ts";
import { Tally } from "../../bench/load/tally.ts";
import { machineFacts } from "../../bench/speed/machine.ts";

const calm = { requests: 100, p50Ms: 2, p99Ms: 49, maxMs: 60 };
const figures: LoadFigures = {
  seconds: 60,
  clients: { readers: 40, followers: 12, writers: 12 },
  errors: { count: 0, first: [] },
  get: calm,
  byPath: { "GET /v1/runs": calm },
  events: 1000,
  completions: calm,
  process: [
    { second: 5, residentMiB: 200, heapMiB: 80, cpuSeconds: 10 },
    { second: 60, residentMiB: 210, heapMiB: 70, cpuSeconds: 21 },
  ],
  trainingSteps: 30,
};

describe("figures of a load", () => {
  it("meet the bars, or say which they do not", () => {
    expect(bars(figures)).toEqual({ noErrors: true, getP99: true, memoryFlat: true });
    const grown = { ...figures.process[1]!, residentMiB: 233 };
    expect(bars({ ...figures, process: [figures.process[0]!, grown] }).memoryFlat).toBe(false);
    expect(bars({ ...figures, process: [] }).memoryFlat).toBe(false);
    expect(bars({ ...figures, get: { ...calm, p99Ms: 50.1 } }).getP99).toBe(false);
    expect(bars({ ...figures, errors: { count: 1, first: ["GET: 500"] } }).noErrors).toBe(false);
  });

  it("are written with their conditions", () => {
    const text = markdown(figures, machineFacts(2), 1.5);
    expect(text).toContain("40 readers (a GET every 200 ms each)");
    expect(text).toContain("processor time of it: 20 % of one core");
    expect(text).toContain("| `GET /v1/runs` | 100 | 2.0 | 49.0 | 60.0 |");
    expect(text).not.toContain("not met");
  });

  it("are tallied by name, and only the first errors are kept", () => {
    const tally = new Tally();
    for (const ms of [1, 2, 3]) tally.took("GET /a", ms);
    tally.took("GET /b", 9);
    expect([tally.of("GET").maxMs, tally.of("GET /a").maxMs, tally.of("GET").requests]).toEqual([9, 3, 4]);
    for (let i = 0; i < 30; i++) tally.failed("GET /a", new Error(String(i)));
    expect([tally.errorCount, tally.errors.length, tally.errors[0]]).toEqual([30, 20, "GET /a: 0"]);
  });
});

it("a small queue behind a run that trains: all end, every event is told", { timeout: 120_000 }, async () => {
  const modelsDirectory = fileURLToPath(new URL("../../models", import.meta.url));
  const sampling = { maxTokens: 48 };
  const overrides = {
    challenger: { steps: 1, promptsPerStep: 2, groupSize: 4, sampling },
    solver: { steps: 1, promptsPerStep: 4, groupSize: 4, sampling },
    votes: { samples: 4, sampling },
    pool: { size: 16, sampling },
    evaluation: { questions: 4, samples: 1, sampling },
  };
  const asked = { modelsDirectory, threads: 1, queued: 20, followers: 6, readers: 0, iterations: 1, overrides };
  const said: string[] = [];
  const result = await measureQueue(asked, (line) => said.push(line));
  expect(said).toEqual(["queueing 20 operations behind 1 iteration(s)", "0 of 20 queued operations have ended"]);
  expect(result.errors).toEqual({ count: 0, first: [] });
  expect(result.states).toEqual({ cancelled: 2, completed: 19 });
  expect(queueBars({ ...result, get: calm })).toEqual({ noErrors: true, allEnded: true, getP99: true });
  // The run's own, and queued, started and ended of others.
  expect(result.events).toBeGreaterThan(20);
  expect(result.accepted.requests).toBe(20);
  expect(queueMarkdown(result, machineFacts(1), 1)).toContain("operations by their end: 2 cancelled, 19 completed\n");
  expect(queueBars({ ...result, states: { completed: 20, failed: 1 } }).allEnded).toBe(false);
});

it("a small load on the real service", { timeout: 120_000 }, async () => {
  const modelsDirectory = fileURLToPath(new URL("../../models", import.meta.url));
  const said: string[] = [];
  const result = await measureLoad({ modelsDirectory, threads: 1, seconds: 6, clients: 8 }, (line) => said.push(line));
  expect(result.errors).toEqual({ count: 0, first: [] });
  expect(result.clients).toEqual({ readers: 4, followers: 2, writers: 2 });
  expect(said.at(-1)).toBe("4 readers, 2 followers, 2 writers for 6 s");
  expect(result.get.requests).toBeGreaterThan(60);
  expect(result.events).toBeGreaterThan(0);
  expect(result.completions.requests).toBeGreaterThan(0);
  expect(result.process.length).toBeGreaterThanOrEqual(1);
});
