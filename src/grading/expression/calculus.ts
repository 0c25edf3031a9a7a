/** Integrals, derivatives and limits, replaced by their closed form wherever the algebra system knows one. */
import { GradingError } from "../verdict.ts";
import { closedForm } from "./algebra-system.ts";
import type { Expression, MathJson } from "./expression.ts";
import { fromMathJson } from "./read-expression.ts";

/** Parts without a closed form stay as they are. */
export function solveCalculus(expression: Expression): Expression {
  switch (expression.kind) {
    case "calculus":
      return solved(expression);
    case "operation":
    case "function":
      return { ...expression, args: expression.args.map(solveCalculus) };
    case "series":
      return { ...expression, body: solveCalculus(expression.body) };
    default:
      return expression;
  }
}

function solved(part: Extract<Expression, { kind: "calculus" }>): Expression {
  const form = closedForm(withConstants(part.json));
  if (form === null) return part;
  try {
    return fromMathJson(form);
  } catch (error) {
    // A special function, say: the algebra system can still put digits to it.
    if (error instanceof GradingError) return { kind: "calculus", json: form };
    throw error;
  }
}

/** The parser leaves e and i as letters; the system has names for them. */
function withConstants(json: MathJson): MathJson {
  if (json === "e") return "ExponentialE";
  if (json === "i") return "ImaginaryUnit";
  return Array.isArray(json) ? json.map((part, place) => (place === 0 ? part : withConstants(part))) : json;
}
