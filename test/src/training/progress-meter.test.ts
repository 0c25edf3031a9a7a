import { expect, test } from "vitest";
import type { OperationProgress } from "../../../src/records/records.ts";
import { resolveRunConfig } from "../../../src/rzero/resolve-run-config.ts";
import { ProgressMeter, plannedUnits } from "../../../src/training/progress-meter.ts";

function meter() {
  let time = 0;
  const reports: OperationProgress[] = [];
  const plan = [
    { phase: "challenger" as const, units: 300 },
    { phase: "pool" as const, units: 100 },
  ];
  const made = new ProgressMeter(
    [plan, plan],
    () => new Date(time),
    (progress) => reports.push(progress),
  );
  const at = (milliseconds: number, position: Partial<Parameters<ProgressMeter["at"]>[0]>) => {
    time = milliseconds;
    made.at({ iteration: 1, phase: "challenger", step: null, steps: null, done: 0, ...position });
  };
  return { reports, at };
}

test("the fraction is of the whole operation, and the time left follows from it", () => {
  const { reports, at } = meter();
  at(1000, { done: 0.5 });
  at(4000, { phase: "pool", done: 1 });
  at(8000, { iteration: 2, phase: "pool", done: 1 });
  expect(reports.map(({ fraction }) => fraction)).toEqual([150 / 800, 0.5, 1]);
  expect(reports.map(({ secondsLeft }) => secondsLeft)).toEqual([(1 * 650) / 150, 4, 0]);
  expect(reports.map(({ iteration, iterations }) => [iteration, iterations])).toEqual([
    [1, 2],
    [1, 2],
    [2, 2],
  ]);
});

test("reports come now and then, but always at an end", () => {
  const { reports, at } = meter();
  for (let milliseconds = 0; milliseconds < 1000; milliseconds += 10) at(milliseconds, { done: 0.3 });
  expect(reports).toHaveLength(2);
  at(1000, { done: 1 });
  at(1001, { phase: "pool", done: 1 });
  expect(reports).toHaveLength(4);
});

test("the last step's reward stays until the phase ends", () => {
  const { reports, at } = meter();
  at(0, { done: 0.5, reward: 0.25 });
  at(1000, { done: 0.6 });
  at(2000, { phase: "pool", done: 0.1 });
  expect(reports.map(({ reward }) => reward)).toEqual([0.25, 0.25, null]);
});

test("every phase of a configured run has its units", () => {
  const config = resolveRunConfig("paper", {});
  expect(plannedUnits(config, 100)).toEqual({
    "evaluate-base": 100 * 33,
    challenger: 5 * 128 * 4 * 14,
    pool: 8000,
    votes: 80_000,
    solver: 15 * 128 * 5 * 4,
    evaluate: 100 * 33,
  });
});
