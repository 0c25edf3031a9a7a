/** An expression as the grader computes with it. */
import type { Rational } from "../rational.ts";

export type MathJson =
  | number
  | string
  | readonly MathJson[]
  | { readonly num: string }
  | { readonly str: string }
  | { readonly sym: string }
  | { readonly fn: readonly MathJson[] };

export type ConstantName = "Pi" | "ExponentialE" | "ImaginaryUnit" | "Infinity";

export type Expression =
  /** `step`: one unit of the last place of a decimal that may be rounded (number.ts). */
  | { readonly kind: "number"; readonly value: Rational; readonly step: Rational | null }
  | { readonly kind: "constant"; readonly name: ConstantName }
  | { readonly kind: "symbol"; readonly name: string }
  /** An operator of operators.ts. */
  | { readonly kind: "operation"; readonly name: string; readonly args: readonly Expression[] }
  /** f(x) of a function nobody defined. */
  | { readonly kind: "function"; readonly name: string; readonly args: readonly Expression[] }
  /** Sum or product of `body` over an integer variable. */
  | {
      readonly kind: "series";
      readonly name: "Sum" | "Product";
      readonly body: Expression;
      readonly index: string;
      readonly from: Expression;
      readonly to: Expression;
    }
  /** What only the algebra system may know: integrals, derivatives, limits. */
  | { readonly kind: "calculus"; readonly json: MathJson };

/** Free variables, sorted. */
export function variablesOf(expression: Expression, bound: readonly string[] = []): Set<string> {
  switch (expression.kind) {
    case "number":
    case "constant":
      return new Set();
    case "symbol":
      return new Set(bound.includes(expression.name) ? [] : [expression.name]);
    case "operation":
    case "function":
      return union(expression.args.map((arg) => variablesOf(arg, bound)));
    case "series":
      return union([
        variablesOf(expression.body, [...bound, expression.index]),
        variablesOf(expression.from, bound),
        variablesOf(expression.to, bound),
      ]);
    case "calculus":
      return new Set(["?"]);
  }
}

const union = (sets: readonly Set<string>[]): Set<string> => new Set(sets.flatMap((set) => [...set]));

/** Does it hold a part that `test` accepts? */
export function holds(expression: Expression, test: (part: Expression) => boolean): boolean {
  if (test(expression)) return true;
  switch (expression.kind) {
    case "operation":
    case "function":
      return expression.args.some((arg) => holds(arg, test));
    case "series":
      return [expression.body, expression.from, expression.to].some((part) => holds(part, test));
    default:
      return false;
  }
}

/** For the algebra system. */
export function toMathJson(expression: Expression): MathJson {
  switch (expression.kind) {
    case "number": {
      const { numerator, denominator } = expression.value;
      const top = { num: String(numerator) };
      return denominator === 1n ? top : ["Rational", top, { num: String(denominator) }];
    }
    case "constant":
      return expression.name === "Infinity" ? "PositiveInfinity" : expression.name;
    case "symbol":
      // Out of the way of every name the system has a meaning for.
      return `v_${expression.name.replace(/[^A-Za-z0-9]/g, "_")}`;
    case "operation":
      return [expression.name, ...expression.args.map(toMathJson)];
    case "function":
      return [`f_${expression.name.replace(/[^A-Za-z0-9]/g, "_")}`, ...expression.args.map(toMathJson)];
    case "series": {
      const { body, index, from, to } = expression;
      const limits = ["Limits", toMathJson({ kind: "symbol", name: index }), toMathJson(from), toMathJson(to)];
      return [expression.name, toMathJson(body), limits];
    }
    case "calculus":
      return expression.json;
  }
}
