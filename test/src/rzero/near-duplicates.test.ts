import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BANDS, bandsOf, jaccard, NearDuplicates, shingles } from "../../../src/rzero/near-duplicates.ts";
import { memoryPenalty, questionTemplate } from "../../../src/rzero/question-memory.ts";
import { randomInteger, seededRandom } from "../../../src/rzero/seeds.ts";

const words = (text: string) => text.split(" ");

describe("near duplicates", () => {
  it("are measured by shared neighbourhoods of words", () => {
    expect(jaccard(shingles(words("a b c")), shingles(words("a b c")))).toBe(1);
    // ^a ab bc c$ against ^a ab bd d$
    expect(jaccard(shingles(words("a b c")), shingles(words("a b d")))).toBeCloseTo(2 / 6, 12);
    expect(jaccard(shingles(words("a b")), shingles(words("b a")))).toBe(0);
    expect(shingles([]).size).toBe(1);
  });

  it("share bands as often as their similarity says", () => {
    const random = seededRandom(1);
    const text = () => Array.from({ length: 30 }, () => String(randomInteger(random, 0, 999)));
    const found = { near: 0, far: 0 };
    const pairs = 400;
    for (let pair = 0; pair < pairs; pair++) {
      const original = text();
      // Three words changed of thirty: 25 of 31 shingles stay, J = 25 / 37 = 0.68; five: J = 21 / 41 = 0.51 or a little more.
      for (const [kind, changes] of [
        ["near", [4, 14, 24]],
        ["far", [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]],
      ] as const) {
        const changed = original.map((word, at) => ((changes as readonly number[]).includes(at) ? "x" : word));
        const [a, b] = [bandsOf(shingles(original)), bandsOf(shingles(changed))];
        if (a.some((band, at) => band === b[at])) found[kind]++;
      }
    }
    const expected = (j: number) => 1 - (1 - j ** 4) ** BANDS;
    expect(Math.abs(found.near / pairs - expected(25 / 37))).toBeLessThan(0.08);
    expect(Math.abs(found.far / pairs - expected(11 / 51))).toBeLessThan(0.04);
  });

  it("have bands that fit a safe integer and depend on the salt", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (text) => {
        const bands = bandsOf(shingles(text), "run");
        expect(bands).toHaveLength(BANDS);
        for (const band of bands) expect(Number.isSafeInteger(band) && band >= 0 && band < 2 ** 52).toBe(true);
        expect(bandsOf(shingles(text), "run")).toEqual(bands);
        expect(bandsOf(shingles(text), "other")).not.toEqual(bands);
      }),
    );
  });

  it("are told from what came before, in order", () => {
    const seen = new NearDuplicates(0.8);
    const long = Array.from({ length: 40 }, (_, at) => `w${at}`);
    expect(seen.repeats(long)).toBe(false);
    expect(seen.repeats(long)).toBe(true);
    expect(seen.repeats([...long.slice(0, 39), "other"])).toBe(true);
    expect(seen.repeats([...long.slice(0, 20), "another", "end"])).toBe(false);
    expect(seen.repeats([])).toBe(false);
    expect(seen.repeats([])).toBe(true);
  });
});

describe("the memory of kinds", () => {
  it("knows an exercise with other numbers", () => {
    const template = (text: string) => questionTemplate(words(text)).join(" ");
    expect(template("Tom has 12 apples and 3.5 pears")).toBe("Tom has # apples and # pears");
    expect(template("1,000 + x2")).toBe("# + x#");
  });

  it("takes nothing from a new kind and at most the weight from a common one", () => {
    const memory = { questions: 2000, kinds: 100 };
    expect(memoryPenalty(0, memory, 0.5)).toBe(0);
    expect(memoryPenalty(50, memory, 0)).toBe(0);
    expect(memoryPenalty(20, memory, 0.5)).toBeCloseTo(0.5 * (1 - Math.exp(-1)), 12);
    expect(memoryPenalty(2000, memory, 0.5)).toBeCloseTo(0.5, 12);
    expect(memoryPenalty(7, { questions: 0, kinds: 0 }, 0.5)).toBe(0);
  });
});
