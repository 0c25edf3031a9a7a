import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mostPadding, pageLength, pagesOf, readingPairs } from "../../../gpu/engine/cache-budget.ts";
import { rowsOfOneRun, stretchesToRead } from "../../../gpu/engine/run-shapes.ts";

describe("rows of one run", () => {
  const rows = fc.array(fc.record({ pages: fc.integer({ min: 0, max: 400 }), lastStep: fc.nat(5) }), { minLength: 1 });

  it("hold one that waited longest and little padding", () => {
    fc.assert(
      fc.property(rows, (all) => {
        const chosen = rowsOfOneRun(all, ({ pages }) => pages);
        expect(chosen.some(({ lastStep }) => lastStep === Math.min(...all.map((row) => row.lastStep)))).toBe(true);
        const pages = chosen.map((row) => Math.max(1, row.pages));
        const padding = chosen.length * Math.max(...pages) - pages.reduce((a, b) => a + b, 0);
        expect(padding).toBeLessThanOrEqual(mostPadding * pages.reduce((a, b) => a + b, 0) + 1e-9);
      }),
    );
  });

  it("reach every row in turn", () => {
    const all = [1, 1, 40, 200, 3, 199].map((pages) => ({ pages, lastStep: 0 }));
    for (let step = 1; all.some(({ lastStep }) => lastStep === 0); step++) {
      expect(step).toBeLessThan(6);
      for (const row of rowsOfOneRun(all, ({ pages }) => pages)) row.lastStep = step;
    }
  });
});

describe("stretches of prompts that one run reads", () => {
  it("move on, and stay within tokens and pairs", () => {
    const prompt = fc
      .record({ length: fc.integer({ min: 2, max: 40_000 }), read: fc.nat() })
      .map(({ length, read }) => ({ tokens: new Int32Array(length), cache: { length: read % (length - 1) } }));
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 8192 }), (all, most) => {
        const chosen = stretchesToRead(all, most);
        expect(chosen.map((each) => each.prompt)).toEqual(all.slice(0, chosen.length));
        for (const { prompt, count } of chosen) {
          expect(count).toBeGreaterThan(0);
          expect(prompt.cache.length + count).toBeLessThan(prompt.tokens.length);
        }
        const S = Math.max(...chosen.map(({ count }) => count));
        const F = Math.max(...chosen.map((each) => pagesOf(each.prompt.cache.length) * pageLength));
        expect(chosen.length * S).toBeLessThanOrEqual(Math.max(most, S));
        // A single stretch may be one page over, which its cache is rounded up to.
        expect(chosen.length * S * (F + S)).toBeLessThanOrEqual(
          readingPairs + (chosen.length === 1 ? S * pageLength : 0),
        );
      }),
    );
  });
});
