import { describe, expect, test } from "vitest";
import { resultJson, resultOf, resultTable, verdict } from "../../../bench/demo/result.ts";
import type { WireIteration, WireRun } from "../../../bench/demo/wire.ts";
import { iterationMetrics, runConfig } from "../../support/services/sample-records.ts";

const evaluation = (meanAtK: number, greedy: number) => ({
  ...structuredClone(iterationMetrics.evaluation),
  meanAtK: { value: meanAtK, low: meanAtK - 0.03, high: meanAtK + 0.03 },
  greedy: { value: greedy, low: 0, high: 1 },
});

const run = { id: "run_1", preset: "paper", seed: 7, config: runConfig, baseEvaluation: evaluation(0.36, 0.5) };
const resultFor = (iterations: readonly WireIteration[], base: unknown = run.baseEvaluation) =>
  resultOf({ ...run, baseEvaluation: base } as unknown as WireRun, iterations, 120.5);

const iteration = (number: number, meanAtK: number, labelAccuracy: number | null = 0.88) =>
  ({
    number,
    seconds: 41.8,
    metrics: { ...iterationMetrics, labelAccuracy, evaluation: evaluation(meanAtK, 0.55) },
  }) as unknown as WireIteration;

const unfinished = { number: 3, seconds: null, metrics: null } as unknown as WireIteration;

describe("the result", () => {
  test("as a table: base, iterations in order, what is unknown left empty", () => {
    const lines = resultTable(resultFor([iteration(2, 0.41, null), iteration(1, 0.39), unfinished])).split("\n");
    const cells = lines
      .filter((line) => line.includes("│"))
      .map((line) =>
        line
          .split("│")
          .map((cell) => cell.trim())
          .slice(1, -1),
      );
    expect(cells).toEqual([
      ["", "mean@8", "95 % interval", "greedy", "labels right", "proposed", "kept", "time"],
      ["base", "36.0 %", "33.0 - 39.0", "50.0 %", "", "", "", ""],
      ["iteration 1", "39.0 %", "36.0 - 42.0", "55.0 %", "88.0 %", "600", "212", "41.8 s"],
      ["iteration 2", "41.0 %", "38.0 - 44.0", "55.0 %", "", "600", "212", "41.8 s"],
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
    expect(lines.join("")).not.toMatch(/\u001b/);
  });

  test("names the best and its gain over the base, the earliest of equals", () => {
    const result = resultFor([iteration(1, 0.41), iteration(2, 0.41), iteration(3, 0.38)]);
    expect(result.best?.iteration).toBe(1);
    expect(verdict(result)).toBe("Best: iteration 1 with mean@8 41.0 %, +5.0 points over the base.");
  });

  test("says so where nothing got better, or nothing was measured", () => {
    expect(verdict(resultFor([iteration(1, 0.3)]))).toBe("No iteration passed the base (mean@8 36.0 %).");
    expect(verdict(resultFor([unfinished]))).toBe("Base: mean@8 36.0 %.");
    expect(verdict(resultFor([unfinished], null))).toBe("Nothing was measured.");
  });

  test("as one line of JSON", () => {
    const text = resultJson(resultFor([iteration(2, 0.41, null), iteration(1, 0.39)]), "/r.html");
    expect(text).not.toContain("\n");
    expect(JSON.parse(text)).toEqual({
      base: { meanAt8: 0.36, greedy: 0.5 },
      iterations: [
        { iteration: 1, meanAt8: 0.39, greedy: 0.55, labelAccuracy: 0.88, proposed: 600, kept: 212, seconds: 41.8 },
        { iteration: 2, meanAt8: 0.41, greedy: 0.55, labelAccuracy: null, proposed: 600, kept: 212, seconds: 41.8 },
      ],
      best: 2,
      gain: expect.closeTo(0.05, 10),
      seconds: 120.5,
      run: "run_1",
      preset: "paper",
      seed: 7,
      report: "/r.html",
    });
    expect(JSON.parse(resultJson(resultFor([], null), "r"))).toMatchObject({ base: null, iterations: [], best: null });
  });
});
