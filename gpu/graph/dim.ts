/**
 * A dimension is a polynomial with integer coefficients over named symbols: 128, `B`, `B*T`, `2*B+1`.
 *
 * One graph then serves every batch size and length, and two shapes that must agree can still be compared exactly
 * while the graph is built: `B*T` equals `T*B` and nothing else.
 */

export interface SymbolicDim {
  /** Monomial -> coefficient. A monomial is its symbols sorted and joined by `*`; "" is the constant term. */
  readonly terms: ReadonlyMap<string, number>;
  /** Canonical text; two symbolic dimensions are equal exactly if their keys are. */
  readonly key: string;
}

export type Dim = number | SymbolicDim;
export type Shape = readonly Dim[];

const termsOf = (dim: Dim): ReadonlyMap<string, number> => (typeof dim === "number" ? new Map([["", dim]]) : dim.terms);

function fromTerms(terms: ReadonlyMap<string, number>): Dim {
  const kept = [...terms].filter(([, coefficient]) => coefficient !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (kept.length === 0) return 0;
  const [first] = kept;
  if (kept.length === 1 && first![0] === "") return first![1];
  const key = kept
    .map(([monomial, c]) => (monomial === "" ? `${c}` : c === 1 ? monomial : `${c}*${monomial}`))
    .join("+");
  return { terms: new Map(kept), key };
}

/** A new symbol, e.g. `symbol("B")`. */
export const symbol = (name: string): Dim => fromTerms(new Map([[name, 1]]));

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const sum = new Map(termsOf(a));
  for (const [monomial, c] of termsOf(b)) sum.set(monomial, (sum.get(monomial) ?? 0) + c);
  return fromTerms(sum);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const product = new Map<string, number>();
  for (const [ma, ca] of termsOf(a)) {
    for (const [mb, cb] of termsOf(b)) {
      const symbols = [...ma.split("*"), ...mb.split("*")].filter((s) => s !== "");
      const monomial = symbols.sort().join("*");
      product.set(monomial, (product.get(monomial) ?? 0) + ca * cb);
    }
  }
  return fromTerms(product);
}

export const subtractDims = (a: Dim, b: Dim): Dim => addDims(a, multiplyDims(b, -1));

export const sizeOf = (shape: Shape): Dim => shape.reduce<Dim>(multiplyDims, 1);

export const dimKey = (dim: Dim): string => (typeof dim === "number" ? String(dim) : dim.key);

export const dimEquals = (a: Dim, b: Dim): boolean => a === b || dimKey(a) === dimKey(b);

export const shapeEquals = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, axis) => dimEquals(dim, b[axis]!));

/** `[B, T, 128]` */
export const shapeText = (shape: Shape): string => `[${shape.map(dimKey).join(", ")}]`;

/** The symbols a dimension is made of. */
export const symbolsOf = (dim: Dim): readonly string[] =>
  typeof dim === "number"
    ? []
    : [...new Set([...dim.terms.keys()].flatMap((m) => m.split("*")).filter((s) => s !== ""))];
