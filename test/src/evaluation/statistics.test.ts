/** Tests and coefficients against SciPy, statsmodels and scikit-learn (golden/evaluation). */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agreementOf } from "../../../src/evaluation/agreement.ts";
import { compareEvaluations, mcNemarExact, pairedBootstrap } from "../../../src/evaluation/compare-evaluations.ts";
import { passAtK } from "../../../src/evaluation/metrics.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

const golden = JSON.parse(
  readFileSync(new URL("../../golden/evaluation/statistics.json", import.meta.url), "utf8"),
) as {
  mcnemar: { better: number; worse: number; pValue: number }[];
  kappa: { bothRight: number; onlyRule: number; onlyJudge: number; bothWrong: number; kappa: number }[];
  passAtK: { n: number; c: number; k: number; value: number }[];
};

describe("McNemar's exact test", () => {
  it.each(golden.mcnemar)("says $pValue of $better better and $worse worse, as statsmodels does", (row) => {
    expect(mcNemarExact(row.better, row.worse)).toBeCloseTo(row.pValue, 10);
    expect(mcNemarExact(row.worse, row.better)).toBeCloseTo(row.pValue, 10);
  });
});

it.each(golden.passAtK)("pass@$k of $n with $c right is exact", ({ n, c, k, value }) => {
  expect(passAtK(n, c, k)).toBeCloseTo(value, 12);
});

describe("agreement", () => {
  const answers = (counts: (typeof golden.kappa)[number]) => {
    const of = (number: number, correct: boolean, equivalent: boolean) =>
      Array.from({ length: number }, () => ({ correct, judge: { equivalent } }));
    return [
      ...of(counts.bothRight, true, true),
      ...of(counts.onlyRule, true, false),
      ...of(counts.onlyJudge, false, true),
      ...of(counts.bothWrong, false, false),
    ];
  };

  it.each(golden.kappa)("is kappa $kappa, as scikit-learn says", (row) => {
    const { kappa, ...counts } = row;
    const agreement = agreementOf(answers(row));
    expect(agreement).toMatchObject(counts);
    expect(agreement.kappa).toBeCloseTo(kappa, 12);
  });

  it("counts a judge's failures apart, and has no kappa where chance always agrees", () => {
    const failed = { correct: true, judge: { error: "unreachable", message: "" } } as const;
    expect(agreementOf([failed, { correct: false, judge: null }])).toMatchObject({
      judged: 0,
      errors: 1,
      agreement: null,
      kappa: null,
    });
    expect(agreementOf([{ correct: true, judge: { equivalent: true } }])).toMatchObject({ agreement: 1, kappa: null });
  });
});

describe("a comparison", () => {
  it("tests right-or-wrong by McNemar and shares by a paired bootstrap", () => {
    const greedy = compareEvaluations("greedy", [1, 0, 0, 1], [1, 1, 1, 0], seededRandom(1));
    expect(greedy).toMatchObject({ a: 0.5, b: 0.75, better: 2, worse: 1, test: "mcnemar-exact", pValue: 1 });
    const shares = compareEvaluations("meanAtK", [0.5, 0.25], [0.75, 0.5], seededRandom(1));
    expect(shares).toMatchObject({ test: "paired-bootstrap", difference: { value: 0.25, low: 0.25, high: 0.25 } });
    expect(shares.pValue).toBeLessThan(0.001);
  });

  it("finds no difference between an evaluation and itself, and the mirrored one the other way round", () => {
    const shares = fc.array(fc.constantFrom(0, 0.25, 0.5, 1), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(shares, fc.nat(100), (a, seed) => {
        expect(compareEvaluations("meanAtK", a, a, seededRandom(seed))).toMatchObject({
          pValue: 1,
          better: 0,
          worse: 0,
        });
        const b = a.map((value) => 1 - value);
        const there = compareEvaluations("meanAtK", a, b, seededRandom(seed));
        const back = compareEvaluations("meanAtK", b, a, seededRandom(seed));
        expect(back.difference.value).toBeCloseTo(-there.difference.value, 12);
        expect(back.pValue).toBeCloseTo(there.pValue, 12);
      }),
      { numRuns: 15 },
    );
  });

  it("rejects a true null hypothesis about 5 times in 100", () => {
    const random = seededRandom(3);
    let rejected = 0;
    for (let trial = 0; trial < 400; trial++) {
      const differences = Array.from({ length: 60 }, () => (random() - random()) / 2);
      if (pairedBootstrap(differences, random, 400) < 0.05) rejected++;
    }
    expect(rejected / 400).toBeGreaterThan(0.02);
    expect(rejected / 400).toBeLessThan(0.1);
  });
});
