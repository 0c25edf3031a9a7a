import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adamWScalarNames, adamWStep } from "../../../gpu/programs/adamw-step.ts";
import type { Session } from "../../../gpu/runtime/session.ts";
import { float32 } from "../../../gpu/runtime/tensor.ts";
import { expectClose } from "../../support/expect-close.ts";
import { goldenAdamW } from "../../support/golden-adamw.ts";
import { openTestSession } from "../../support/test-device.ts";

type Vectors = Readonly<
  Record<"weights" | "firstMoment" | "secondMoment" | "gradient" | "decayMask", readonly number[]>
>;

const { start, decayMask, steps, ...settings } = goldenAdamW.adamw;
const size = start.length;
const zeros = Array<number>(size).fill(0);

describe("adamWStep", () => {
  let session: Session;
  beforeAll(async () => {
    session = await openTestSession(adamWStep(size));
  });
  afterAll(() => session.close());

  /** Step number t, from 1. */
  const update = async (t: number, vectors: Vectors, maxGradNorm = 0, own = settings) => {
    const scalars = { ...own, correction1: 1 - own.beta1 ** t, correction2: 1 - own.beta2 ** t, maxGradNorm };
    const result = await session.run({
      ...Object.fromEntries(
        Object.entries(vectors).map(([name, values]) => [name, float32(Float32Array.from(values), [size])]),
      ),
      scalars: float32(
        Float32Array.from(adamWScalarNames, (name) => scalars[name]),
        [adamWScalarNames.length],
      ),
    });
    const vector = (name: string) => Array.from(result[name]!.data, Number);
    return {
      weights: vector("weights.next"),
      firstMoment: vector("firstMoment.next"),
      secondMoment: vector("secondMoment.next"),
      gradNorm: vector("gradNorm")[0]!,
    };
  };

  it("follows torch.optim.AdamW, with and without decay", async () => {
    let state = { weights: start, firstMoment: zeros, secondMoment: zeros };
    for (const [i, expected] of steps.entries()) {
      const { weights, firstMoment, secondMoment } = state;
      state = await update(i + 1, { weights, firstMoment, secondMoment, gradient: expected.gradient, decayMask });
      // each element against itself: the tiny gradient must count as much as the large one
      for (const name of ["weights", "firstMoment", "secondMoment"] as const)
        for (const [at, value] of expected[name].entries())
          expectClose([state[name][at]!], [value], 1e-5, `${name}[${at}] after step ${i + 1}`, 1e-20);
    }
  });

  it("moves a weight by the learning rate on the first step, whatever the size of its gradient", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: size, maxLength: size }),
        async (sizes) => {
          const gradient = sizes.map((g, i) => (i % 2 ? g : -g));
          const { weights } = await update(1, {
            weights: zeros,
            firstMoment: zeros,
            secondMoment: zeros,
            gradient,
            decayMask,
          });
          expectClose(
            weights,
            gradient.map((g) => -Math.sign(g) * settings.learningRate),
            1e-4,
            "the weights",
          );
        },
      ),
      { seed: 20261123, numRuns: 40 },
    ));

  it("only decays where there is no gradient, by (1 - lr wd), and only where the mask says so", async () => {
    const { weights } = await update(3, {
      weights: start,
      firstMoment: zeros,
      secondMoment: zeros,
      gradient: zeros,
      decayMask,
    });
    const factor = 1 - settings.learningRate * settings.weightDecay;
    expectClose(
      weights,
      start.map((w, i) => (decayMask[i] ? w * factor : w)),
      1e-6,
      "the weights",
    );
    expect(weights.slice(3)).toEqual(start.slice(3).map(Math.fround));
  });

  it("steps with the clipped gradient and reports the norm before clipping", async () => {
    const state = { weights: start, firstMoment: zeros, secondMoment: zeros, decayMask };
    const gradient = [3, 0, 0, 0, 4, 0];
    const clipped = await update(1, { ...state, gradient }, 0.5);
    const byHand = await update(1, { ...state, gradient: gradient.map((g) => g / 10) });
    expect(clipped.gradNorm).toBeCloseTo(5, 5);
    expectClose(clipped.firstMoment, byHand.firstMoment, 1e-6, "the first moment");
    expectClose(clipped.weights, byHand.weights, 1e-6, "the weights");
  });
});
