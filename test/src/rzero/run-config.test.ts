import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MODEL_PROFILES, modelProfile } from "../../../src/rzero/model-profiles.ts";
import { DEFAULT_PRESET, PRESETS } from "../../../src/rzero/presets.ts";
import { InvalidConfigError, resolveRunConfig } from "../../../src/rzero/resolve-run-config.ts";

const abacus = MODEL_PROFILES.abacus!;

const refusal = (overrides: unknown, preset = "paper") => {
  try {
    resolveRunConfig(preset, abacus, overrides);
  } catch (error) {
    if (error instanceof InvalidConfigError) return { field: error.field, value: error.value, message: error.message };
    throw error;
  }
  return null;
};

/** Every leaf as [dotted path, value]. */
const leaves = (value: unknown, path: string[] = []): [string[], unknown][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]))
    : [[path, value]];
const nested = (path: string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

describe("presets", () => {
  it("hold every value within its bounds, for every model", () => {
    for (const { name, config } of PRESETS) {
      expect(resolveRunConfig(name, {}, config)).toEqual(config);
      for (const profile of Object.values(MODEL_PROFILES)) resolveRunConfig(name, profile);
    }
    expect(PRESETS.map(({ name }) => name)).toContain(DEFAULT_PRESET);
  });

  it("paper: the printed hyper-parameters", () => {
    expect(resolveRunConfig("paper", modelProfile({ name: "a-model-without-profile", parameters: 1e6 }))).toMatchObject(
      {
        challenger: { steps: 5, groupSize: 4, promptsPerStep: 128, updatesPerStep: 1, repetitionThreshold: 0.5 },
        solver: { steps: 15, groupSize: 5, learningRate: 1e-6, weightDecay: 1e-2, klCoef: 1e-2, clipRatioDual: null },
        votes: { samples: 10, sampling: { temperature: 1, topP: 0.99 } },
        pool: { size: 8000, difficultyBand: { min: 0.25, max: 0.75 } },
      },
    );
  });

  it("reference-code: where the released code differs", () => {
    expect(resolveRunConfig("reference-code", {})).toMatchObject({
      challenger: { promptsPerStep: 512, updatesPerStep: 32, reward: "reference-code", groupSize: 4, steps: 5 },
      solver: { promptsPerStep: 512, updatesPerStep: 4, reward: "correct-and-think-format", clipRatioHigh: 0.3 },
      votes: { samples: 9, sampling: { topK: 40, topP: 1 } },
      pool: { sampling: { topP: 0.95 }, difficultyBand: { min: 0.3, max: 0.8 } },
    });
  });
});

describe("modelProfile", () => {
  it("lets large models train adapters at ten times the rate, unless the run says otherwise", () => {
    const small = modelProfile({ name: "mine", parameters: 150e6 });
    const large = modelProfile({ name: "mine", parameters: 600e6 });
    expect(resolveRunConfig("paper", small).solver).toMatchObject({ tuning: "full", learningRate: 1e-6 });
    const { challenger, solver } = resolveRunConfig("paper", large);
    for (const role of [challenger, solver]) expect(role).toMatchObject({ tuning: "lora", learningRate: 1e-5 });
    expect(solver.lora).toEqual({ rank: 16, alpha: 32, targets: "all-linear" });
    const whole = resolveRunConfig("paper", large, { solver: { tuning: "full" } });
    expect([whole.challenger.tuning, whole.solver.tuning]).toEqual(["lora", "full"]);
  });
});

describe("resolveRunConfig", () => {
  it("merges preset, profile, overrides in this order and leaves the rest", () => {
    const base = resolveRunConfig("paper", abacus);
    const config = resolveRunConfig("paper", abacus, { solver: { learningRate: 0.5, sampling: { topK: 3 } } });
    expect(base.solver.learningRate).toBe(MODEL_PROFILES.abacus!.solver!.learningRate);
    expect(config).toEqual({
      ...base,
      solver: { ...base.solver, learningRate: 0.5, sampling: { ...base.solver.sampling, topK: 3 } },
    });
  });

  it("names the field and value it refuses", () => {
    expect(refusal({ solver: { steps: -3 } })).toEqual({
      field: "overrides.solver.steps",
      value: -3,
      message: "overrides.solver.steps is -3; expected an integer in 0..10000",
    });
    expect(refusal({ solver: { stepz: 3 } })?.field).toBe("overrides.solver.stepz");
    expect(refusal({ pool: { difficultyBand: 0.5 } })?.field).toBe("overrides.pool.difficultyBand");
    expect(refusal({ challenger: { reward: "mine" } })?.message).toContain("one of paper, reference-code");
    expect(refusal({ votes: { sampling: { topP: Number.NaN } } })).toMatchObject({ value: Number.NaN });
    expect(refusal({ solver: { learningRate: null } })?.field).toBe("overrides.solver.learningRate");
    expect(refusal({ solver: { clipRatioDual: null } })).toBeNull();
    expect(refusal([])?.field).toBe("overrides");
    expect(refusal({}, "none")).toMatchObject({ field: "preset", value: "none" });
    expect(refusal(JSON.parse('{"__proto__": {"steps": 1}}'))?.field).toBe("overrides.__proto__");
  });

  it("refuses what only contradicts together", () => {
    expect(refusal({ pool: { difficultyBand: { min: 0.9 } } })?.field).toBe("overrides.pool.difficultyBand.min");
    expect(refusal({ solver: { promptsPerStep: 2, updatesPerStep: 3 } })?.field).toBe(
      "overrides.solver.updatesPerStep",
    );
  });

  it("checks every single field", () => {
    for (const [path] of leaves(resolveRunConfig("paper", {}))) {
      for (const wrong of [{}, "wrong", -1, Number.POSITIVE_INFINITY]) {
        expect(refusal(nested(path, wrong))?.field).toBe(`overrides.${path.join(".")}`);
      }
    }
  });

  it("answers anything with a config or a typed refusal", () => {
    fc.assert(
      fc.property(fc.anything(), (overrides) => {
        refusal(overrides);
        refusal({ solver: overrides });
      }),
    );
  });
});
