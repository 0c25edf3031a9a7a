/** The true answer of every question of this domain. FOR MEASUREMENT ONLY: no reward and no gate may see it. */
import { type Expression, parseQuestion, type Question } from "./expression.ts";

/** null where the text is no question or a value leaves the exact integers. Never throws. */
export function oracle(text: string): string | null {
  const question = parseQuestion(text);
  const value = question && questionValue(question);
  return value === null ? null : String(value);
}

/** Exact integer; null where a value on the way exceeds 2^53 - 1. */
export function questionValue(question: Question): number | null {
  if (question.kind === "value") return expressionValue(question.expression);
  const left = expressionValue(question.left);
  const right = expressionValue(question.right);
  if (left === null || right === null) return null;
  return question.pick === "larger" ? Math.max(left, right) : Math.min(left, right);
}

export function expressionValue(expression: Expression): number | null {
  switch (expression.kind) {
    case "integer":
      return expression.value;
    case "group":
      return expressionValue(expression.inner);
    case "operation": {
      const left = expressionValue(expression.left);
      const right = expressionValue(expression.right);
      if (left === null || right === null) return null;
      // "+ 0" turns the -0 of 0 * -3 into 0.
      const value =
        (expression.operator === "+" ? left + right : expression.operator === "-" ? left - right : left * right) + 0;
      return Number.isSafeInteger(value) ? value : null;
    }
  }
}
