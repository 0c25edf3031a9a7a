import { describe, expect, it } from "vitest";
import { distinctBigrams, shareHistogram } from "../../../src/rzero/metrics.ts";
import { minibatches, questionsOfStep } from "../../../src/rzero/minibatches.ts";
import { deriveSeed, hashText, randomInteger, seededRandom, shuffled } from "../../../src/rzero/seeds.ts";

const path = { run: 1, iteration: 2, phase: "votes", step: 3, prompt: 4, sample: 5 };

describe("seeds", () => {
  it("never change: a stored run must resume with the same draws", () => {
    expect([deriveSeed(path), hashText("12+18-2"), seededRandom(42)(), seededRandom(2 ** 40)()]).toMatchInlineSnapshot(`
      [
        2244113001,
        416283160,
        0.7629594556055963,
        0.6818600331898779,
      ]
    `);
  });

  it("are unsigned 32-bit and differ in every part of the path", () => {
    const paths = [
      path,
      { ...path, run: 2 },
      { ...path, run: 1 + 2 ** 32 },
      { ...path, iteration: 3 },
      { ...path, phase: "solver" },
      { ...path, step: 4 },
      { ...path, prompt: 5 },
      { ...path, sample: 6 },
      { ...path, prompt: 5, sample: 4 },
    ];
    const seeds = paths.map(deriveSeed);
    expect(new Set(seeds).size).toBe(paths.length);
    for (const seed of seeds) expect(seed >>> 0).toBe(seed);
  });

  it("collide no more than chance, over a phase of prompts and samples", () => {
    const seeds = new Set<number>();
    for (let prompt = 0; prompt < 1000; prompt++) {
      for (let sample = 0; sample < 100; sample++) seeds.add(deriveSeed({ ...path, prompt, sample }));
    }
    // 100,000 draws of 32 bits collide 1.2 times on average.
    expect(seeds.size).toBeGreaterThan(100_000 - 10);
  });

  it("refuse what is not a safe integer", () => {
    expect(() => deriveSeed({ ...path, step: 0.5 })).toThrow("0.5");
  });

  it("give uniform numbers", () => {
    const random = seededRandom(1);
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) counts[randomInteger(random, 0, 9)]! += 1;
    // Chi-squared with 9 degrees of freedom exceeds 27.9 once in a thousand.
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.9);
  });

  it("shuffle to a permutation, the same for the same seed", () => {
    const items = Array.from({ length: 50 }, (_, at) => at);
    const once = shuffled(items, seededRandom(3));
    expect(once).toEqual(shuffled(items, seededRandom(3)));
    expect(once).not.toEqual(items);
    expect([...once].sort((a, b) => a - b)).toEqual(items);
  });
});

describe("the updates of a step", () => {
  it("share its groups evenly and in order", () => {
    expect(minibatches([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    expect(minibatches([1, 2], 5)).toEqual([[1], [2]]);
    expect(minibatches([], 3)).toEqual([]);
    expect(() => minibatches([1], 0)).toThrow("got 0");
  });

  it("walk through the whole curriculum before a question comes back", () => {
    const orders = (pass: number) => shuffled([0, 1, 2, 3, 4], seededRandom(pass));
    const seen = [1, 2, 3, 4, 5].flatMap((step) => questionsOfStep(5, 2, step, orders));
    expect(seen).toEqual([...orders(0), ...orders(1)]);
    expect(questionsOfStep(3, 8, 2, () => [2, 0, 1])).toEqual([2, 0, 1]);
    expect(questionsOfStep(0, 8, 1, () => [])).toEqual([]);
  });
});

describe("what is measured of a pool", () => {
  it("counts shares by nearest tenth", () => {
    expect(shareHistogram([0, 0.1, 0.3, 1 / 3, 0.9, 1, 1])).toEqual([1, 1, 0, 2, 0, 0, 0, 0, 0, 1, 2]);
    expect(() => shareHistogram([1.1])).toThrow("1.1");
  });

  it("counts distinct bigrams", () => {
    expect(distinctBigrams([["a", "b", "a", "b"], ["a", "b"], ["c"]])).toBe(0.5);
    expect(distinctBigrams([])).toBe(0);
  });
});
