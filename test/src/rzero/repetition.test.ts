import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageLinkageClusters } from "../../../src/rzero/average-linkage.ts";
import { bleuDistances, condensedIndex } from "../../../src/rzero/bleu.ts";
import { clusterQuestions, repetitionPenalty } from "../../../src/rzero/repetition.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";

const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../golden/repetition/${name}.json`, import.meta.url), "utf8")) as T;
const words = (text: string) => text.split(" ").filter((word) => word !== "");

describe("BLEU distances", () => {
  it("equal NLTK's sentence BLEU, smoothing method 1", () => {
    const cases = golden<{ hypothesis: string; reference: string; bleu: number }[]>("bleu");
    expect(cases.length).toBeGreaterThan(300);
    for (const { hypothesis, reference, bleu } of cases) {
      expect(1 - bleuDistances([words(hypothesis), words(reference)])[0]!).toBeCloseTo(bleu, 12);
    }
  });

  it("of a batch are those of its pairs", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 9 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 7 }), (texts) => {
        const all = bleuDistances(texts);
        for (let i = 0; i < texts.length; i++) {
          for (let j = i + 1; j < texts.length; j++) {
            expect(all[condensedIndex(texts.length, i, j)]).toBe(bleuDistances([texts[i]!, texts[j]!])[0]);
          }
        }
      }),
    );
  });
});

describe("average linkage", () => {
  it("finds scikit-learn's clusters, also where distances tie", () => {
    const cases = golden<{ threshold: number; questions: string[]; labels: number[] }[]>("clusters");
    for (const { threshold, questions, labels } of cases) {
      expect([...clusterQuestions(questions.map(words), threshold).labels]).toEqual(labels);
    }
    expect(new Set(cases.map((each) => Math.max(...each.labels))).size).toBeGreaterThan(5);
  });

  it("does not merge at exactly the threshold", () => {
    expect([...averageLinkageClusters(2, Float64Array.of(0.5), 0.5)]).toEqual([0, 1]);
    expect([...averageLinkageClusters(2, Float64Array.of(0.5), 0.5000001)]).toEqual([0, 0]);
  });

  it("handles no and one question, and names a wrong number of distances", () => {
    expect([...averageLinkageClusters(0, new Float64Array(0), 0.5)]).toEqual([]);
    expect([...averageLinkageClusters(1, new Float64Array(0), 0.5)]).toEqual([0]);
    expect(() => averageLinkageClusters(3, new Float64Array(2), 0.5)).toThrow("3 items need 3 distances, got 2");
  });
});

describe("repetition penalty", () => {
  it("is lambda |C| / B", () => {
    expect(repetitionPenalty(3, 12, 1)).toBe(0.25);
    expect(repetitionPenalty(3, 12, 2)).toBe(0.5);
  });

  it("of 2,048 questions of 60 words takes less than 10 s", () => {
    const random = seededRandom(7);
    // A few hundred words, skewed like language; a third of the questions are variants of eight templates.
    const word = () => `w${Math.floor(400 * random() ** 3)}`;
    const templates = Array.from({ length: 8 }, () => Array.from({ length: 60 }, word));
    const questions = Array.from({ length: 2048 }, (_, question) =>
      question % 3 === 0
        ? templates[question % 8]!.map((kept) => (random() < 0.1 ? word() : kept))
        : Array.from({ length: 60 }, word),
    );
    const started = performance.now();
    const { sizes } = clusterQuestions(questions, 0.5);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(sizes.filter((size) => size > 1).length).toBe(8);
  });
});
