import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StudyOptions } from "../../../bench/study/options.ts";
import { readResults } from "../../../bench/study/results-file.ts";
import { planOf, resultsFile, runStudy } from "../../../bench/study/study.ts";
import { METRICS } from "../../../bench/study/summary.ts";
import { type DemoService, serveToyModel } from "../../support/demo-service.ts";
import { smallRun } from "../../support/services-under-test.ts";

let service: DemoService;
const folder = mkdtempSync(join(tmpdir(), "rzero-study-"));
beforeAll(async () => {
  service = await serveToyModel();
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const options = (change: Partial<StudyOptions> = {}): StudyOptions => ({
  name: "toy",
  variants: [
    { name: "paper", preset: "paper", overrides: smallRun },
    { name: "stable", preset: "stable", overrides: smallRun },
  ],
  seeds: [1],
  iterations: 2,
  model: service.tested.policy.model.name,
  parallel: 2,
  threads: 1,
  folder,
  data: join(folder, "data"),
  json: false,
  plan: false,
  report: false,
  url: service.url,
  command: "npm run study -- --name toy",
  ...change,
});

const study = (change: Partial<StudyOptions> = {}) => {
  const said: string[] = [];
  return {
    said,
    summary: runStudy({
      options: options(change),
      signal: AbortSignal.timeout(60_000),
      now: () => new Date("2026-01-02T03:04:05Z"),
      say: (text) => said.push(text),
    }),
  };
};

test("runs every cell, keeps each, goes on where it stopped, and writes it all up", async () => {
  const first = await study().summary;
  expect(first.variants.map(({ variant, seeds }) => [variant, seeds])).toEqual([
    ["paper", [1]],
    ["stable", [1]],
  ]);
  const results = readResults(resultsFile(options()));
  expect(results).toHaveLength(2);
  for (const { rows, best } of results) {
    expect(rows.map(({ iteration }) => iteration)).toEqual([0, 1, 2]);
    expect(rows[2]!.signals).not.toBeNull();
    expect(rows[2]!.sinceBase!.questions).toBe(16);
    expect(best).toBeGreaterThanOrEqual(0);
  }

  // Writing up alone runs nothing.
  const written = await study({ seeds: [1, 2], report: true }).summary;
  expect(written.variants.map(({ seeds }) => seeds)).toEqual([[1], [1]]);
  expect(readFileSync(join(folder, "README.md"), "utf8")).toContain("2 runs are missing");

  // A line that a crash cut off costs its run and nothing else.
  appendFileSync(resultsFile(options()), '{"key":"cut o');
  const more = options({ seeds: [1, 2] });
  expect(planOf(more).map(({ done }) => done)).toEqual([true, true, false, false]);
  const second = study({ seeds: [1, 2] });
  const summary = await second.summary;
  expect(second.said[0]).toContain("4 runs of 2 iterations, 2 of them finished");
  expect(summary.variants.map(({ seeds }) => seeds)).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(planOf(more).every(({ done }) => done)).toBe(true);
  expect(readResults(resultsFile(options()))).toHaveLength(4);

  const report = readFileSync(join(folder, "README.md"), "utf8");
  expect(report).toContain("`npm run study -- --name toy`");
  expect(report).not.toContain("Not complete");
  for (const metric of METRICS)
    expect(readFileSync(join(folder, `${metric}.svg`), "utf8")).toMatch(/^<svg .*<\/svg>$/s);
  expect(service.requests.filter(({ path }) => path === "/v1/runs")).toHaveLength(4);
});

test("ends with the service's own complaint, and keeps what was finished", async () => {
  const variants = [{ name: "wrong", preset: "paper", overrides: { solver: { sampling: { maxTokens: 100_000 } } } }];
  await expect(study({ variants }).summary).rejects.toThrow("maxTokens");
  expect(readResults(resultsFile(options()))).toHaveLength(4);
});
