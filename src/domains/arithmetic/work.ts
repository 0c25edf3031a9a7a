/**
 * The worked solution of a question: every intermediate result in the order of evaluation, then the boxed answer.
 *
 *   12+18-2 -> 30,\boxed{28}       (12+5)-(3+4) -> 17,7,\boxed{10}       larger of 34+5 and 41-7 -> 39,34,\boxed{39}
 *   6*17 -> 60,42,\boxed{102}      a product of several digits by its partial products, then their sum
 */
import type { Expression, Operator, Question } from "./expression.ts";

/** What is written for a computed value: the value itself, or a slip. The work goes on from what was written. */
export type Scribe = (value: number) => number;

const faithful: Scribe = (value) => value;

/** Text of the solution. With a faithful scribe it ends in the oracle's answer. */
export function workText(question: Question, write: Scribe = faithful): string {
  const results: number[] = [];
  const record: Scribe = (value) => {
    const written = write(value);
    results.push(written);
    return written;
  };
  if (question.kind === "value") {
    const value = evaluate(question.expression, record);
    // A question without an operation is its own answer.
    if (results.length === 0) results.push(value);
  } else {
    const left = evaluate(question.left, record);
    const right = evaluate(question.right, record);
    record(question.pick === "larger" ? Math.max(left, right) : Math.min(left, right));
  }
  const answer = results.pop()!;
  return `${results.map((result) => `${result},`).join("")}\\boxed{${answer}}`;
}

/** Left to right, inner first; each operation's result passes through `record`. */
function evaluate(expression: Expression, record: Scribe): number {
  switch (expression.kind) {
    case "integer":
      return expression.value;
    case "group":
      return evaluate(expression.inner, record);
    case "operation": {
      const left = evaluate(expression.left, record);
      const right = evaluate(expression.right, record);
      return operate(expression.operator, left, right, record);
    }
  }
}

function operate(operator: Operator, left: number, right: number, record: Scribe): number {
  if (operator === "+") return record(left + right);
  if (operator === "-") return record(left - right);
  const parts = partialProducts(left, right);
  if (parts.length === 1) return record(parts[0]!);
  return record(parts.map(record).reduce((sum, part) => sum + part, 0));
}

/** left * right split by the digits of one factor, of the left one if it alone has several: 6 * 17 -> 6*10, 6*7. */
function partialProducts(left: number, right: number): number[] {
  const { whole, split } = splitFactor(left, right);
  const digits = [...String(Math.abs(split))];
  const parts = digits
    .map((digit, at) => Math.sign(split) * Number(digit) * 10 ** (digits.length - 1 - at) * whole)
    .filter((_, at) => digits[at] !== "0");
  return parts.length === 0 ? [0] : parts.map((part) => part + 0);
}

const splitFactor = (left: number, right: number): { whole: number; split: number } =>
  Math.abs(right) > 9 ? { whole: left, split: right } : { whole: right, split: left };

/** Results that an operation writes, its own the last: partial products first, where there are several. */
export function resultsWritten(operator: Operator, left: number, right: number): number {
  if (operator !== "*") return 1;
  const parts = String(Math.abs(splitFactor(left, right).split)).replaceAll("0", "").length;
  return parts <= 1 ? 1 : parts + 1;
}
