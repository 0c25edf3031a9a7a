/** Random expressions, written in random ways that mean the same, and changed into ones that do not. */
import fc from "fast-check";

export type Tree =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "sum" | "product"; readonly left: Tree; readonly right: Tree }
  | { readonly kind: "quotient"; readonly left: Tree; readonly right: Tree }
  | { readonly kind: "power"; readonly base: Tree; readonly exponent: number }
  | { readonly kind: "root"; readonly of: Tree };

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.integer({ min: 1, max: 20 }).map((value): Tree => ({ kind: "number", value })),
    fc.constantFrom("x", "y", "z").map((name): Tree => ({ kind: "variable", name })),
    fc
      .tuple(fc.constantFrom("sum", "product", "quotient"), tie("tree"), tie("tree"))
      .map(([kind, left, right]): Tree => ({ kind, left, right }) as Tree),
    fc
      .tuple(tie("tree"), fc.integer({ min: 2, max: 3 }))
      .map(([base, exponent]): Tree => ({ kind: "power", base, exponent })),
    tie("tree").map((of): Tree => ({ kind: "root", of })),
  ),
})).tree;

/** `choose` answers the questions of notation: the same tree, another text. */
export function write(tree: Tree, choose: () => boolean): string {
  const inner = (part: Tree) => write(part, choose);
  switch (tree.kind) {
    case "number":
      return choose() ? String(tree.value) : `${tree.value}.0`;
    case "variable":
      return tree.name;
    case "sum": {
      const [left, right] = choose() ? [tree.left, tree.right] : [tree.right, tree.left];
      return `(${inner(left)}${choose() ? "+" : " + "}${inner(right)})`;
    }
    case "product": {
      // Multiplied out where one side is a sum and the coin says so.
      const { left, right } = tree;
      if (right.kind === "sum" && choose())
        return `(${inner(left)}*${inner(right.left)} + ${inner(left)}*${inner(right.right)})`;
      const [first, second] = choose() ? [left, right] : [right, left];
      return `(${inner(first)}${choose() ? "\\cdot " : "*"}${inner(second)})`;
    }
    case "quotient":
      return choose()
        ? `\\frac{${inner(tree.left)}}{${inner(tree.right)}}`
        : `((${inner(tree.left)})/(${inner(tree.right)}))`;
    case "power": {
      const base = `(${inner(tree.base)})`;
      if (choose()) return `(${Array.from({ length: tree.exponent }, () => base).join("\\cdot ")})`;
      return choose() ? `${base}^${tree.exponent}` : `${base}^{${tree.exponent}}`;
    }
    case "root":
      return choose() ? `\\sqrt{${inner(tree.of)}}` : `sqrt(${inner(tree.of)})`;
  }
}

/** The value where every variable is positive. */
export function valueAt(tree: Tree, at: Readonly<Record<string, number>>): number {
  switch (tree.kind) {
    case "number":
      return tree.value;
    case "variable":
      return at[tree.name]!;
    case "sum":
      return valueAt(tree.left, at) + valueAt(tree.right, at);
    case "product":
      return valueAt(tree.left, at) * valueAt(tree.right, at);
    case "quotient":
      return valueAt(tree.left, at) / valueAt(tree.right, at);
    case "power":
      return valueAt(tree.base, at) ** tree.exponent;
    case "root":
      return Math.sqrt(valueAt(tree.of, at));
  }
}
