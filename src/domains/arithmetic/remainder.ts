/**
 * What is left of a question when its first step is done, as a question:
 *
 *   12+18-2, worked as 30,...   -> 30-2             (12+5)-(3+4), worked as 17,7,...               -> 17-(3+4)
 *   6*17+4, worked as 60,42,102,... -> 102+4        larger of 34+5 and 41-7, worked as 39,34,...   -> larger of 39 and 41-7
 *
 * This knows the order of evaluation and how work is written (work.ts), and no value: the step's result is what the
 * completion says, right or wrong.
 */
import {
  countOperations,
  type Expression,
  type Operator,
  parseQuestion,
  printQuestion,
  type Question,
} from "./expression.ts";
import { resultsWritten } from "./work.ts";

/** Null where nothing is left or can be said: one operation alone, a result that no question can hold, no work. Never throws. */
export function remainder(text: string, completion: string): string | null {
  const question = parseQuestion(text);
  const work = question && /^((?:-?\d+,)+)\\boxed/.exec(completion.trim())?.[1];
  if (!question || !work) return null;
  const results = work.slice(0, -1).split(",").map(Number);
  const left = withoutFirst(
    question,
    ({ operator, left, right }) => results[resultsWritten(operator, left, right) - 1],
  );
  if (left === null || countOperations(left) === 0) return null;
  // A negative result, or one of five digits, makes no question.
  const remaining = printQuestion(left);
  return parseQuestion(remaining) === null ? null : remaining;
}

interface Step {
  readonly operator: Operator;
  readonly left: number;
  readonly right: number;
}

/** The result of a step as it was written; undefined where it was not. */
type Written = (step: Step) => number | undefined;

function withoutFirst(question: Question, written: Written): Question | null {
  if (question.kind === "value") {
    const expression = reduced(question.expression, written);
    return expression && { kind: "value", expression };
  }
  const left = reduced(question.left, written);
  if (left) return { ...question, left };
  const right = reduced(question.right, written);
  return right && { ...question, right };
}

/** Left to right, inner first, as work.ts evaluates. Null where there is no operation, or its result was not written. */
function reduced(expression: Expression, written: Written): Expression | null {
  if (expression.kind === "integer") return null;
  if (expression.kind === "group") {
    const inner = reduced(expression.inner, written);
    return inner && (inner.kind === "integer" ? inner : { kind: "group", inner });
  }
  const { operator } = expression;
  const [left, right] = [integerOf(expression.left), integerOf(expression.right)];
  if (left !== null && right !== null) {
    const value = written({ operator, left, right });
    return value === undefined ? null : { kind: "integer", value };
  }
  if (left === null) {
    const done = reduced(expression.left, written);
    return done && { ...expression, left: done };
  }
  const done = reduced(expression.right, written);
  return done && { ...expression, right: done };
}

/** Of an integer, in brackets or not; null where there is something to do. */
function integerOf(expression: Expression): number | null {
  if (expression.kind === "group") return integerOf(expression.inner);
  return expression.kind === "integer" ? expression.value : null;
}
