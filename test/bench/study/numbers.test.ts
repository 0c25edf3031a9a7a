import { describe, expect, test } from "vitest";
import { cellKey, cellsOf, eachAlone, leaveOneOut } from "../../../bench/study/grid.ts";
import { parseOptions } from "../../../bench/study/options.ts";
import { overSeeds } from "../../../bench/study/over-seeds.ts";
import type { CellResult, Row } from "../../../bench/study/results-file.ts";
import { summarize } from "../../../bench/study/summary.ts";
import { warningQuality } from "../../../bench/study/warning.ts";
import { modelProfile } from "../../../src/rzero/model-profiles.ts";
import { resolveRunConfig } from "../../../src/rzero/resolve-run-config.ts";
import { STABLE_PARTS } from "../../../src/rzero/stable.ts";

const row = (iteration: number, meanAtK: number, change: Partial<Row> = {}): Row => ({
  iteration,
  meanAtK,
  greedy: 0.8,
  majAtK: 0.8,
  labelAccuracy: iteration === 0 ? null : 0.9,
  diversity: iteration === 0 ? null : 0.3,
  kept: 100,
  collapseRisk: iteration === 0 ? null : 0.1,
  because: null,
  signals: null,
  sinceBase: null,
  strata: { "chain-6": meanAtK / 2 },
  seconds: 30,
  ...change,
});

const result = (seed: number, rows: readonly Row[], best = 1): CellResult => ({
  key: String(seed),
  variant: "stable",
  preset: "stable",
  overrides: {},
  seed,
  k: 8,
  questions: 240,
  rows,
  best,
  finishedAt: "2026-01-02T03:04:05Z",
});

test("a mean over seeds has Student's interval, and none of one seed", () => {
  // scipy.stats.t.interval(0.95, 2, loc=2, scale=1/3**0.5) = (-0.4841, 4.4841)
  expect(overSeeds([1, 2, 3])!.half).toBeCloseTo(2.4841, 3);
  expect(overSeeds([1, null])).toEqual({ mean: 1, half: null, seeds: 1 });
  expect(overSeeds([null])).toBeNull();
});

test("a summary says where a variant ends, how far below its peak, and what its own choice cost", () => {
  const { variants } = summarize(
    [result(1, [row(0, 0.6), row(1, 0.7), row(2, 0.66)]), result(2, [row(0, 0.62), row(1, 0.7), row(2, 0.72)])],
    ["stable", "absent"],
  );
  expect(variants).toHaveLength(1);
  const [stable] = variants;
  expect(stable!.gain!.mean).toBeCloseTo(0.08, 12);
  expect(stable!.belowPeak!.mean).toBeCloseTo(-0.02, 12);
  expect(stable!.chosenBelowPeak!.mean).toBeCloseTo(-0.01, 12);
  expect(stable!.iterations[1]!.meanAtK).toMatchObject({ seeds: 2 });
  expect(stable!.iterations[0]!.labelAccuracy).toBeNull();
  expect(stable!.strata).toMatchObject([{ name: "chain-6", base: 0.305, end: { mean: 0.345 } }]);
});

describe("the warning's worth", () => {
  const labelled = (pairs: readonly (readonly [number, number])[]) =>
    result(1, [
      row(0, 0.6),
      ...pairs.map(([collapseRisk, labelAccuracy], at) => row(at + 1, 0.6, { collapseRisk, labelAccuracy })),
    ]);

  test("is perfect where every bad iteration is riskier than every good one", () => {
    const quality = warningQuality([
      labelled([
        [0.1, 0.95],
        [0.2, 0.9],
        [0.6, 0.7],
        [0.9, 0.5],
      ]),
    ]);
    expect(quality).toMatchObject({ iterations: 4, bad: 2, auc: 1 });
    expect(quality.rho).toBeCloseTo(-1, 12);
  });

  test("is a guess where it cannot tell them apart, and nothing where there is nothing to tell", () => {
    expect(
      warningQuality([
        labelled([
          [0.3, 0.95],
          [0.3, 0.5],
        ]),
      ]),
    ).toEqual({ iterations: 2, bad: 1, auc: 0.5, rho: null });
    expect(warningQuality([labelled([[0.3, 0.95]])]).auc).toBeNull();
  });
});

describe("the grid", () => {
  test("leaves each part out by giving its settings the values that paper has for the model", () => {
    const resolved = (preset: string, overrides: object) =>
      resolveRunConfig(preset, modelProfile({ name: "abacus", parameters: 0 }, preset), overrides);
    const variants = leaveOneOut("abacus", {});
    expect(variants).toHaveLength(STABLE_PARTS.length + 1);
    const batch = resolved("stable", variants.find(({ name }) => name.endsWith("large-batch"))!.overrides);
    expect(batch).toEqual({
      ...resolved("stable", {}),
      solver: { ...resolved("stable", {}).solver, promptsPerStep: 128, groupSize: 5, steps: 15 },
    });
    // All left out at once is paper.
    const all = variants.reduce<object>((merged, { overrides }) => merge(merged, overrides), {});
    expect(resolved("stable", all)).toEqual(resolved("paper", {}));
    expect(
      eachAlone({ votes: { samples: 4 } }).every(({ overrides }) => (overrides.votes as object) !== undefined),
    ).toBe(true);
  });

  test("finds a finished run again by what it computes, not by its name or the rest of the study", () => {
    const [cell] = cellsOf([{ name: "a", preset: "paper", overrides: {} }], [1], 10);
    const key = cellKey(cell!, "abacus");
    expect(cellKey({ ...cell!, variant: { ...cell!.variant, name: "b" } }, "abacus")).toBe(key);
    expect(
      cellKey({ ...cell!, variant: { ...cell!.variant, overrides: { solver: { learningRate: 3e-4 } } } }, "abacus"),
    ).toBe(key);
    for (const other of [
      { ...cell!, seed: 2 },
      { ...cell!, iterations: 9 },
      { ...cell!, variant: { ...cell!.variant, preset: "stable" } },
    ]) {
      expect(cellKey(other, "abacus")).not.toBe(key);
    }
  });

  test("is told on the command line", () => {
    const refuse = (error: Error): never => {
      throw error;
    };
    const options = parseOptions(
      [
        "--name",
        "first",
        "--presets",
        "paper,stable",
        "--variant",
        "slow=paper solver.learningRate=1e-4 pool.size=9 pool.anchors=3",
        "--seeds",
        "3,4",
        "--set",
        "pool.size=500",
      ],
      refuse,
    );
    expect(options.variants).toEqual([
      { name: "paper", preset: "paper", overrides: { pool: { size: 500 } } },
      { name: "stable", preset: "stable", overrides: { pool: { size: 500 } } },
      {
        name: "slow",
        preset: "paper",
        overrides: { solver: { learningRate: 1e-4 }, pool: { size: 500, anchors: 3 } },
      },
    ]);
    expect(options).toMatchObject({
      seeds: [3, 4],
      iterations: 10,
      parallel: 2,
      threads: 1,
      folder: "bench/studies/first",
    });
    expect(() => parseOptions(["--name", "none"], refuse)).toThrow("nothing to study");
    expect(() => parseOptions(["--name", "../x", "--presets", "paper"], refuse)).toThrow("lower-case");
    expect(() => parseOptions(["--name", "x", "--presets", "paper", "--seeds", "1,b"], refuse)).toThrow("32-bit");
  });
});

function merge(a: object, b: object): object {
  const result: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const own = result[key];
    result[key] =
      typeof own === "object" && own !== null && typeof value === "object" && value !== null
        ? merge(own, value)
        : value;
  }
  return result;
}
