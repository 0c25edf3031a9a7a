/**
 * Short answers in words, as BIG-Bench Extra Hard compares them (its evaluate.py, by behaviour): the same text, whatever
 * the case, quotes, brackets around it, spaces after commas and a final stop; the same number; `(a)` is `a`.
 */

export function equalPlainAnswers(a: string, b: string): boolean {
  const left = plainAnswer(a);
  const right = plainAnswer(b);
  if (left === right) return true;
  const isNumber = /^[+-]?\d+(?:\.\d+)?$/;
  return isNumber.test(left) && isNumber.test(right) && Number(left) === Number(right);
}

function plainAnswer(answer: string): string {
  return answer
    .replace(/\\(?:text|texttt|textbf|mathrm)\{([^{}]*)\}/g, "$1")
    .toLowerCase()
    .split("\n", 1)[0]!
    .replace(/\$|\*\*|['"`]/g, "")
    .replace(/,\s+/g, ",")
    .trim()
    .replace(/[.?]+$/, "")
    .replace(/^\[([^[\]]*)\]$/, "$1")
    .replace(/^\(([a-z])\)$/, "$1")
    .trim();
}
