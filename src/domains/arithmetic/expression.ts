/**
 * The questions of this domain: reading and writing them.
 *
 *   question = sum | ("larger of " | "smaller of ") sum " and " sum
 *   sum      = product (("+" | "-") product)*
 *   product  = factor ("*" factor)*
 *   factor   = integer 0..9999 without leading zeros | "(" sum ")"
 */

export type Operator = "+" | "-" | "*";

export type Expression =
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "group"; readonly inner: Expression }
  | { readonly kind: "operation"; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Question =
  | { readonly kind: "value"; readonly expression: Expression }
  | {
      readonly kind: "comparison";
      readonly pick: "larger" | "smaller";
      readonly left: Expression;
      readonly right: Expression;
    };

/** Longer texts are no questions; this also bounds the depth of recursion. */
const MAX_QUESTION_LENGTH = 200;

/** The question a text spells; null where it is not one, to the last character. Never throws. */
export function parseQuestion(text: string): Question | null {
  if (text.length > MAX_QUESTION_LENGTH) return null;
  const comparison = /^(larger|smaller) of (.*?) and (.*)$/.exec(text);
  if (!comparison) {
    const expression = parseExpression(text);
    return expression && { kind: "value", expression };
  }
  const left = parseExpression(comparison[2]!);
  const right = parseExpression(comparison[3]!);
  return left && right && { kind: "comparison", pick: comparison[1] as "larger" | "smaller", left, right };
}

/** One arithmetic expression, all of `text`; null where it is none. */
export function parseExpression(text: string): Expression | null {
  const cursor = { text, at: 0 };
  const expression = parseSum(cursor);
  return expression && cursor.at === text.length ? expression : null;
}

interface Cursor {
  readonly text: string;
  at: number;
}

const parseSum = (cursor: Cursor): Expression | null => parseLeftToRight(cursor, "+-", parseProduct);
const parseProduct = (cursor: Cursor): Expression | null => parseLeftToRight(cursor, "*", parseFactor);

function parseLeftToRight(
  cursor: Cursor,
  operators: string,
  parseOperand: (cursor: Cursor) => Expression | null,
): Expression | null {
  let left = parseOperand(cursor);
  while (left && cursor.at < cursor.text.length && operators.includes(cursor.text[cursor.at]!)) {
    const operator = cursor.text[cursor.at++] as Operator;
    const right = parseOperand(cursor);
    left = right && { kind: "operation", operator, left, right };
  }
  return left;
}

function parseFactor(cursor: Cursor): Expression | null {
  if (cursor.text[cursor.at] === "(") {
    cursor.at++;
    const inner = parseSum(cursor);
    if (!inner || cursor.text[cursor.at] !== ")") return null;
    cursor.at++;
    return { kind: "group", inner };
  }
  const digits = /^(?:0|[1-9]\d{0,3})(?!\d)/.exec(cursor.text.slice(cursor.at, cursor.at + 5))?.[0];
  if (digits === undefined) return null;
  cursor.at += digits.length;
  return { kind: "integer", value: Number(digits) };
}

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "integer":
      return String(expression.value);
    case "group":
      return `(${printExpression(expression.inner)})`;
    case "operation":
      return `${printExpression(expression.left)}${expression.operator}${printExpression(expression.right)}`;
  }
}

export function printQuestion(question: Question): string {
  if (question.kind === "value") return printExpression(question.expression);
  return `${question.pick} of ${printExpression(question.left)} and ${printExpression(question.right)}`;
}

/** Operations it takes to answer; a comparison is one. */
export function countOperations(question: Question): number {
  if (question.kind === "value") return countIn(question.expression);
  return countIn(question.left) + countIn(question.right) + 1;
}

function countIn(expression: Expression): number {
  switch (expression.kind) {
    case "integer":
      return 0;
    case "group":
      return countIn(expression.inner);
    case "operation":
      return countIn(expression.left) + countIn(expression.right) + 1;
  }
}
