import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../../../src/grading/compare.ts";
import { groupsOf, pairsOf } from "../../../src/grading/groups.ts";
import { isSame } from "../../../src/grading/verdict.ts";
import { type Tree, trees, valueAt, write } from "./rewrites.ts";
import { TABLES } from "./tables.ts";

const coins = fc.infiniteStream(fc.boolean());
const flip = (stream: fc.Stream<boolean>) => () => stream.next().value as boolean;

describe("an expression and its rewrites", () => {
  it("are the same: commuted, multiplied out, in another notation", () => {
    fc.assert(
      fc.property(trees, coins, coins, (tree, one, other) => {
        const [a, b] = [write(tree, flip(one)), write(tree, flip(other))];
        expect({ a, b, verdict: compare(a, b) }).toMatchObject({ verdict: { equivalent: true } });
      }),
      { numRuns: 300 },
    );
  });

  it("are told from what has other values", () => {
    const point = { x: 1.37, y: 2.11, z: 0.83 };
    const changed: fc.Arbitrary<readonly [Tree, Tree]> = fc
      .tuple(trees, fc.integer({ min: 1, max: 5 }), fc.boolean())
      .map(([tree, by, scaled]) => [
        tree,
        scaled
          ? { kind: "product", left: tree, right: { kind: "number", value: by + 1 } }
          : { kind: "sum", left: tree, right: { kind: "number", value: by } },
      ]);
    fc.assert(
      fc.property(changed, coins, ([tree, other], coin) => {
        const [x, y] = [valueAt(tree, point), valueAt(other, point)];
        // A perturbation below what doubles resolve is no perturbation.
        fc.pre(Number.isFinite(x) && Math.abs(x - y) > 1e-6 * Math.abs(x));
        const [a, b] = [write(tree, flip(coin)), write(other, flip(coin))];
        expect({ a, b, verdict: compare(a, b) }).toMatchObject({ verdict: { equivalent: false } });
      }),
      { numRuns: 300 },
    );
  });
});

describe("numbers", () => {
  const rationals = fc.tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 1, max: 999 }));
  const writings: readonly ((p: number, q: number, k: number) => string)[] = [
    (p, q) => `${p}/${q}`,
    (p, q) => `\\frac{${p}}{${q}}`,
    (p, q, k) => `\\frac{${k * p}}{${k * q}}`,
    (p, q) => `${p < 0 ? "-" : ""}\\dfrac{${Math.abs(p)}}{${q}}`,
    (p, q) => (p / q).toFixed(12),
  ];
  const writing = fc.constantFrom(...writings);

  it("are the same however they are written, and differ from their neighbours", () => {
    fc.assert(
      fc.property(rationals, writing, writing, fc.integer({ min: 2, max: 9 }), ([p, q], one, other, k) => {
        expect(isSame(compare(one(p, q, k), other(p, q, k)))).toBe(true);
        expect(isSame(compare(one(p, q, k), other(p + 1, q, k)))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe("groups of votes", () => {
  const texts = [...new Set(TABLES.flatMap(({ a, b }) => [a, b]))];
  /** Answers that have to do with each other: both sides of neighbouring rows. */
  const sets = fc
    .tuple(
      fc.nat({ max: TABLES.length - 3 }),
      fc.array(fc.nat({ max: 5 }), { minLength: 2, maxLength: 10 }),
      fc.constantFrom(...texts),
    )
    .map(([start, picks, stranger]) => {
      const near = TABLES.slice(start, start + 3).flatMap(({ a, b }) => [a, b]);
      return [...picks.map((pick) => near[pick]!), stranger];
    });
  const partition = (answers: readonly string[]) => {
    const { first } = groupsOf(
      answers,
      pairsOf(answers).map(([a, b]) => compare(a, b)),
    );
    const groups = new Map<number, string[]>();
    for (const [place, root] of first.entries()) groups.set(root, [...(groups.get(root) ?? []), answers[place]!]);
    return [...groups.values()].map((group) => group.sort().join("\n")).sort();
  };

  it("do not depend on the order of the answers", () => {
    fc.assert(
      fc.property(
        sets.chain((answers) =>
          fc.tuple(fc.constant(answers), fc.shuffledSubarray(answers, { minLength: answers.length })),
        ),
        ([answers, shuffled]) => void expect(partition(shuffled)).toEqual(partition(answers)),
      ),
      { numRuns: 100 },
    );
  });

  it("name the earliest answer of each, and how the others came to it", () => {
    const answers = ["2/4", "3", "0.5", "2/4", "\\frac{1}{2}", "three"];
    const grouping = groupsOf(
      answers,
      pairsOf(answers).map(([a, b]) => compare(a, b)),
    );
    expect(grouping).toEqual({
      first: [0, 1, 0, 0, 0, 1],
      how: ["string", "string", "numeric", "string", "numeric", "numeric"],
      errors: [],
    });
  });

  it("join through a third, and count what could not be compared", () => {
    const answers = ["5 cm", "5 m", "5", "\\overline{ABC}"];
    const grouping = groupsOf(
      answers,
      pairsOf(answers).map(([a, b]) => compare(a, b)),
    );
    expect(grouping.first).toEqual([0, 0, 0, 3]);
    expect(grouping.errors).toEqual(["unparsable", "unparsable", "unparsable"]);
  });
});
