import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDims,
  type Dim,
  dimEquals,
  dimKey,
  multiplyDims,
  shapeEquals,
  shapeText,
  sizeOf,
  subtractDims,
  symbol,
  symbolsOf,
} from "../../../gpu/graph/dim.ts";

const names = ["B", "M", "T"] as const;
type Assignment = Readonly<Record<string, number>>;
/** A dimension together with what it means for given sizes. */
interface Meant {
  readonly dim: Dim;
  readonly at: (sizes: Assignment) => number;
}

const meant: fc.Arbitrary<Meant> = fc.letrec<{ dim: Meant }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...names).map((name): Meant => ({ dim: symbol(name), at: (sizes) => sizes[name]! })),
    fc.integer({ min: -4, max: 4 }).map((n): Meant => ({ dim: n, at: () => n })),
    fc.tuple(tie("dim"), tie("dim"), fc.constantFrom("add", "multiply", "subtract")).map(([a, b, how]): Meant => {
      if (how === "add") return { dim: addDims(a.dim, b.dim), at: (s) => a.at(s) + b.at(s) };
      if (how === "multiply") return { dim: multiplyDims(a.dim, b.dim), at: (s) => a.at(s) * b.at(s) };
      return { dim: subtractDims(a.dim, b.dim), at: (s) => a.at(s) - b.at(s) };
    }),
  ),
})).dim;
const sizes = fc.record({
  B: fc.integer({ min: 0, max: 7 }),
  M: fc.integer({ min: 0, max: 7 }),
  T: fc.integer({ min: 0, max: 7 }),
});

/** The polynomial's own terms, evaluated. */
const evaluate = (dim: Dim, at: Assignment): number =>
  typeof dim === "number"
    ? dim
    : [...dim.terms].reduce(
        (total, [monomial, coefficient]) =>
          total + (monomial === "" ? [] : monomial.split("*")).reduce((product, s) => product * at[s]!, coefficient),
        0,
      );

describe("dimensions are polynomials", () => {
  it("mean what was computed with them", () =>
    fc.assert(
      fc.property(meant, sizes, ({ dim, at }, s) => {
        expect(evaluate(dim, s) + 0).toBe(at(s) + 0);
      }),
    ));

  it("form a commutative ring", () =>
    fc.assert(
      fc.property(meant, meant, meant, ({ dim: a }, { dim: b }, { dim: c }) => {
        const same = (x: Dim, y: Dim) => expect(dimKey(x)).toBe(dimKey(y));
        same(addDims(a, b), addDims(b, a));
        same(addDims(addDims(a, b), c), addDims(a, addDims(b, c)));
        same(multiplyDims(a, b), multiplyDims(b, a));
        same(multiplyDims(multiplyDims(a, b), c), multiplyDims(a, multiplyDims(b, c)));
        same(multiplyDims(a, addDims(b, c)), addDims(multiplyDims(a, b), multiplyDims(a, c)));
        same(addDims(a, 0), a);
        same(multiplyDims(a, 1), a);
        same(multiplyDims(a, 0), 0);
        same(subtractDims(a, a), 0);
        same(addDims(subtractDims(a, b), b), a);
      }),
    ));

  it("are equal exactly if they are the same polynomial", () =>
    fc.assert(
      fc.property(meant, meant, ({ dim: a }, { dim: b }) => {
        expect(dimEquals(a, b)).toBe(dimEquals(subtractDims(a, b), 0));
      }),
    ));

  it("are plain numbers where no symbol is left", () =>
    fc.assert(
      fc.property(meant, ({ dim }) => {
        expect(typeof dim === "number").toBe(symbolsOf(dim).length === 0);
      }),
    ));
});

describe("shapes", () => {
  const [B, T] = [symbol("B"), symbol("T")];
  it("are written with their symbols", () => {
    expect(shapeText([B, multiplyDims(T, B), addDims(multiplyDims(2, B), 1), 128])).toBe("[B, B*T, 1+2*B, 128]");
    expect(shapeText([])).toBe("[]");
  });
  it("compare B*T with T*B and nothing else", () => {
    expect(shapeEquals([multiplyDims(B, T)], [multiplyDims(T, B)])).toBe(true);
    expect(shapeEquals([B, T], [T, B])).toBe(false);
    expect(shapeEquals([B], [B, 1])).toBe(false);
    expect(shapeEquals([2], [B])).toBe(false);
  });
  it("have the product of their axes as size", () => {
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([3, 4])).toBe(12);
    expect(dimKey(sizeOf([T, 2, B]))).toBe("2*B*T");
  });
  it("name the symbols they need", () => {
    expect([...symbolsOf(addDims(multiplyDims(B, T), multiplyDims(T, T)))].sort()).toEqual(["B", "T"]);
  });
});
