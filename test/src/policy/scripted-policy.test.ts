import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeTokens, encodeText, ScriptedLanguage, scoreToken } from "../../../src/policy/scripted-language.ts";
import { drawToken } from "../../../src/policy/scripted-sampling.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";
import { arithmeticScript, openArithmeticPolicy, PARAMETERS } from "../../support/arithmetic-script.ts";
import { policySuite } from "../../support/policy-suite.ts";

policySuite("scripted policy", {
  open: async () => openArithmeticPolicy(),
  prompts: ["user: propose\n", "user: 12+3\n"],
  maxTokens: 60,
  learningRate: 0.1,
  logprobTolerance: 1e-6,
  gradientTolerance: 1e-9,
});

const language = new ScriptedLanguage(arithmeticScript);
const weightsArbitrary = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: PARAMETERS, maxLength: PARAMETERS })
  .map((values) => Float32Array.from(values));

describe("scripted language", () => {
  test("probabilities of all tokens sum to one after any prefix of an utterance", () => {
    const utterance = encodeText(arithmeticScript("user: propose\n")[3]!.text);
    fc.assert(
      fc.property(weightsArbitrary, fc.nat(utterance.length), (weights, length) => {
        const context = [...encodeText("user: propose\n"), ...utterance.slice(0, length)];
        const next = language.next(weights, context);
        let sum = 0;
        for (let token = 0; token < 257; token++) sum += Math.exp(scoreToken(next, token, 1).logprob);
        expect(sum).toBeCloseTo(1, 9);
      }),
      { numRuns: 30 },
    );
  });

  test("the gradient of a log-probability is its slope, at any temperature", () => {
    const utterance = encodeText(arithmeticScript("user: 12+3\n")[2]!.text);
    fc.assert(
      fc.property(
        weightsArbitrary,
        fc.nat(utterance.length - 1),
        fc.constantFrom(0.5, 1, 2),
        (weights, at, temperature) => {
          const context = [...encodeText("user: 12+3\n"), ...utterance.slice(0, at)];
          const score = (w: Float32Array) => scoreToken(language.next(w, context), utterance[at]!, temperature);
          const { gradient } = score(weights);
          for (let i = 0; i < PARAMETERS; i++) {
            const up = Float32Array.from(weights);
            const down = Float32Array.from(weights);
            up[i]! += 1e-2;
            down[i]! -= 1e-2;
            const slope = (score(up).logprob - score(down).logprob) / (up[i]! - down[i]!);
            expect(Math.abs(slope - gradient[i]!)).toBeLessThan(1e-3);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test("what no utterance says ends", () => {
    const next = language.next(new Float32Array(PARAMETERS), encodeText("nobody scripted this"));
    expect(next.map(({ token }) => token)).toEqual([0]);
  });

  test("any text survives its tokens", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(decodeTokens(encodeText(text))).toBe(text);
      }),
    );
  });
});

describe("drawing a token", () => {
  const branch = (token: number, probability: number) => ({ token, probability, gradient: new Float64Array(0) });
  const next = [branch(5, 0.6), branch(9, 0.3), branch(2, 0.1 - 1e-6)];
  const everything = { temperature: 1, topP: 1, topK: 0, minP: 0 };
  const draws = (sampling: Parameters<typeof drawToken>[1], count = 4000) => {
    const random = seededRandom(1);
    return Array.from({ length: count }, () => drawToken(next, sampling, random));
  };
  const share = (drawn: readonly { token: number }[], token: number) =>
    drawn.filter((each) => each.token === token).length / drawn.length;

  test("frequencies are probabilities", () => {
    const drawn = draws(everything);
    expect(share(drawn, 5)).toBeCloseTo(0.6, 1);
    expect(share(drawn, 9)).toBeCloseTo(0.3, 1);
  });

  test.each([
    ["top-k 2", { ...everything, topK: 2 }, [5, 9]],
    ["top-p 0.6", { ...everything, topP: 0.6 }, [5]],
    ["top-p 0.61", { ...everything, topP: 0.61 }, [5, 9]],
    ["min-p 0.4", { ...everything, minP: 0.4 }, [5, 9]],
    ["temperature 0", { ...everything, temperature: 0 }, [5]],
  ])("%s keeps the right tokens, and log-probabilities are of what was kept", (_, sampling, kept) => {
    const drawn = draws(sampling);
    expect([...new Set(drawn.map(({ token }) => token))].sort()).toEqual([...kept].sort());
    const total = kept.length === 1 ? 0.6 : 0.9;
    const five = drawn.find(({ token }) => token === 5)!;
    expect(five.sampledLogprob).toBeCloseTo(Math.log(0.6 / total), 6);
  });

  test("a high temperature flattens", () => {
    expect(share(draws({ ...everything, temperature: 2, topK: 3 }), 5)).toBeLessThan(0.55);
  });
});
