/** The GRPO loss against PyTorch, and what must hold whatever the numbers are. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../gpu/autodiff/backward.ts";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { stopGradient } from "../../../gpu/graph/ops/elementwise.ts";
import { aggregationWeights, type LossAggregation } from "../../../gpu/losses/aggregation.ts";
import { type GrpoTerms, grpoLoss } from "../../../gpu/losses/grpo.ts";
import type { KlEstimator } from "../../../gpu/losses/kl.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { openTestSession } from "../../support/test-device.ts";

interface GoldenCase extends GrpoTerms {
  readonly name: string;
  readonly aggregation: LossAggregation;
  readonly givenOldLogprobs: boolean;
  readonly loss: number;
  readonly policyLoss: number;
  readonly kl: number;
  readonly clipFraction: number;
  readonly ratioMean: number;
  readonly gradient: readonly number[];
}
interface Golden {
  readonly lengths: readonly number[];
  /** One per sequence. */
  readonly advantages: readonly number[];
  readonly logprobs: readonly number[];
  readonly oldLogprobs: readonly number[];
  readonly refLogprobs: readonly number[];
  readonly cases: readonly GoldenCase[];
}

const golden = JSON.parse(readFileSync(new URL("../../golden/grpo/cases.json", import.meta.url), "utf8")) as Golden;
const scalarNames = ["loss", "policyLoss", "kl", "clipFraction", "ratioMean"] as const;

/** The loss alone as a graph of M tokens, and its gradient by log-probabilities. */
function lossGraph(terms: GrpoTerms, givenOldLogprobs: boolean): GraphBuilder {
  const builder = new GraphBuilder("grpo_loss");
  const perToken = (name: string) => builder.input(name, "float32", [symbol("M")]);
  const logprobs = perToken("logprobs");
  const values = grpoLoss(
    {
      logprobs,
      oldLogprobs: givenOldLogprobs ? perToken("oldLogprobs") : stopGradient(logprobs),
      refLogprobs: terms.klCoef > 0 ? perToken("refLogprobs") : null,
      advantages: perToken("advantages"),
      tokenWeights: perToken("tokenWeights"),
    },
    terms,
  );
  for (const name of scalarNames) builder.output(name, values[name]);
  builder.output("gradient", gradients(values.loss, [logprobs])[0]!);
  return builder;
}

type PerToken = Readonly<Record<string, readonly number[]>>;

async function runLoss(session: Session, inputs: PerToken) {
  const feeds = Object.entries(inputs)
    .filter(([name]) => session.inputNames.includes(name))
    .map(([name, values]) => [name, float32(Float32Array.from(values), [values.length])] as const);
  const result = await session.run(Object.fromEntries(feeds));
  const data = (name: string) => result[name]!.data as Float32Array;
  return { scalar: (name: (typeof scalarNames)[number]) => data(name)[0]!, gradient: data("gradient") };
}

const spread = (perSequence: readonly number[], lengths: readonly number[]) =>
  lengths.flatMap((length, s) => Array<number>(length).fill(perSequence[s]!));

describe("grpoLoss against PyTorch", () => {
  for (const expected of golden.cases)
    it(expected.name, async () => {
      const session = await openTestSession(lossGraph(expected, expected.givenOldLogprobs));
      try {
        const result = await runLoss(session, {
          logprobs: golden.logprobs,
          oldLogprobs: golden.oldLogprobs,
          refLogprobs: golden.refLogprobs,
          advantages: spread(golden.advantages, golden.lengths),
          tokenWeights: spread(aggregationWeights(expected.aggregation, golden.lengths), golden.lengths),
        });
        for (const name of scalarNames) expectClose([result.scalar(name)], [expected[name]], 1e-6, name, 0.1);
        expectClose(result.gradient, expected.gradient, 1e-6, "the gradient");
      } finally {
        await session.close();
      }
    });
});

describe("what holds for any numbers", () => {
  const terms = { clipRatioLow: 0.2, clipRatioHigh: 0.28, clipRatioDual: 3, klEstimator: "k3" as KlEstimator };
  const sessions = new Map<string, Session>();
  const open = async (name: string, own: GrpoTerms, givenOld: boolean) =>
    sessions.set(name, await openTestSession(lossGraph(own, givenOld)));
  beforeAll(async () => {
    await open("old given", { ...terms, klCoef: 0 }, true);
    await open("on policy", { ...terms, klCoef: 0 }, false);
    for (const klEstimator of ["k1", "k2", "k3"] as const)
      await open(klEstimator, { ...terms, klEstimator, klCoef: 1 }, true);
  });
  afterAll(async () => {
    for (const session of sessions.values()) await session.close();
  });
  const run = (name: string, inputs: PerToken) => runLoss(sessions.get(name)!, inputs);

  /** Fixed, because float32 makes every bound here a matter of tolerance. */
  const runs = { seed: 20261123, numRuns: 150 };
  const logprob = fc.float({ min: -20, max: 0, noNaN: true });
  const token = fc.record({
    logprob,
    other: logprob,
    advantage: fc.float({ min: -3, max: 3, noNaN: true }),
    weight: fc.float({ min: Math.fround(0.01), max: 1, noNaN: true }),
  });
  const tokens = fc.array(token, { minLength: 1, maxLength: 8 });
  const column = <K extends string>(list: readonly Record<K, number>[], key: K) => list.map((t) => t[key]);

  it("ratio 1: the gradient is the policy gradient -w A, with old log-probabilities given or not", () =>
    fc.assert(
      fc.asyncProperty(tokens, async (list) => {
        const inputs = {
          logprobs: column(list, "logprob"),
          oldLogprobs: column(list, "logprob"),
          advantages: column(list, "advantage"),
          tokenWeights: column(list, "weight"),
        };
        const policyGradient = list.map((t) => -t.weight * t.advantage);
        for (const name of ["old given", "on policy"]) {
          const result = await run(name, inputs);
          expectClose(result.gradient, policyGradient, 1e-6, `the gradient, ${name}`, 1e-3);
          expect(result.scalar("clipFraction")).toBe(0);
          expectClose([result.scalar("policyLoss")], [policyGradient.reduce((a, b) => a + b, 0)], 1e-5, "loss", 1);
        }
      }),
      runs,
    ));

  it("a token whose clip is active has no gradient, any other ratio times the policy gradient", () =>
    fc.assert(
      fc.asyncProperty(tokens, async (list) => {
        const near = list.map((t) => ({ ...t, old: Math.fround(t.logprob + t.other / 10) }));
        const ratios = near.map((t) => Math.exp(Math.fround(t.logprob - t.old)));
        // too near a corner to say from here on which side of it float32 falls
        fc.pre(ratios.every((r) => [0.8, 1.28, 3].every((corner) => Math.abs(r / corner - 1) > 1e-4)));
        const { gradient } = await run("old given", {
          logprobs: column(near, "logprob"),
          oldLogprobs: column(near, "old"),
          advantages: column(near, "advantage"),
          tokenWeights: column(near, "weight"),
        });
        const expected = near.map((t, i) => {
          const stopped = t.advantage >= 0 ? ratios[i]! > 1.28 : ratios[i]! < 0.8 || ratios[i]! > 3;
          return stopped ? 0 : -t.weight * t.advantage * ratios[i]!;
        });
        expectClose(gradient, expected, 1e-5, "the gradient", 1e-3);
      }),
      runs,
    ));

  const klOf = async (estimator: KlEstimator, list: readonly { logprob: number; other: number }[]) =>
    (
      await run(estimator, {
        logprobs: column(list, "logprob"),
        oldLogprobs: column(list, "logprob"),
        refLogprobs: column(list, "other"),
        advantages: list.map(() => 0),
        tokenWeights: list.map(() => 1),
      })
    ).scalar("kl");

  it("k2 and k3 are never negative, and 0 where policy and reference agree", () =>
    fc.assert(
      fc.asyncProperty(token, async (t) => {
        for (const estimator of ["k2", "k3"] as const) {
          // exp(d) - d - 1 cancels in float32 where d is small
          const rounding = estimator === "k3" ? 2e-7 : 0;
          expect(await klOf(estimator, [t])).toBeGreaterThanOrEqual(-rounding);
          expect(await klOf(estimator, [{ logprob: t.logprob, other: t.logprob }])).toBe(0);
          // below that the square of d is lost in float32
          if (Math.abs(t.logprob - t.other) > 1e-2) expect(await klOf(estimator, [t])).toBeGreaterThan(0);
        }
      }),
      runs,
    ));

  it("k1 is the difference of the log-probabilities, of either sign", () =>
    fc.assert(
      fc.asyncProperty(token, async (t) => {
        expectClose([await klOf("k1", [t])], [t.logprob - t.other], 1e-6, "k1", 1);
      }),
      runs,
    ));

  it("a ratio beyond float32 is clipped like any other and leaves no NaN", async () => {
    for (const advantage of [1, -1]) {
      const result = await run("old given", {
        logprobs: [-0.5, -1],
        oldLogprobs: [-120, -1],
        advantages: [advantage, 1],
        tokenWeights: [0.5, 0.5],
      });
      expectClose(result.gradient, [0, -0.5], 1e-6, "the gradient");
      expect(result.scalar("policyLoss")).toBeCloseTo(advantage === 1 ? -(1.28 + 1) / 2 : (3 - 1) / 2, 5);
      expect(Number.isFinite(result.scalar("ratioMean"))).toBe(true);
    }
  });

  it("k3 stays finite for a policy that is lost", async () => {
    const lost = await klOf("k3", [{ logprob: -200, other: 0 }]);
    expect(lost).toBeGreaterThan(1e8);
    expect(Number.isFinite(lost)).toBe(true);
  });
});
