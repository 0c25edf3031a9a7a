/**
 * Can a question be answered from its own text? (our decision, after the ill-posed questions that SOAR, arXiv 2601.18778,
 * found to matter more than wrong answers)
 *
 * Form, not truth: it refuses a text that points to what is not there (a figure, an earlier problem), one that has the
 * answer in it, and one whose brackets do not close. It cannot tell whether what is asked has an answer.
 */
const ELSEWHERE =
  /\b(?:(?:figure|diagram|graph|table|picture|image|passage)s? (?:above|below|shown)|(?:above|below|attached|following|accompanying) (?:figure|diagram|graph|table|picture|image|passage)|(?:shown|pictured|given) (?:above|below)|(?:previous|preceding|earlier|last) (?:problem|question|part|exercise)s?|(?:problem|question|exercise) above|as (?:before|above))\b/i;

const ANSWER = /\\boxed\b|<\/?question>|\b(?:final )?answer\s*[:=]/i;

const CLOSED_BY: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
/** Half-open intervals close an opening bracket with the other kind. */
const KIND: Readonly<Record<string, string>> = { ")": "round", "]": "round", "}": "curly" };

/** Why the question is not self-contained; null where nothing speaks against it. */
export function missingContext(question: string): string | null {
  const elsewhere = ELSEWHERE.exec(question);
  if (elsewhere) return `it points to what is not there: ${elsewhere[0]}`;
  const answer = ANSWER.exec(question);
  if (answer) return `it holds an answer: ${answer[0]}`;
  return bracketsClose(question) ? null : "its brackets do not close";
}

function bracketsClose(text: string): boolean {
  const open: string[] = [];
  for (const character of text) {
    const closing = CLOSED_BY[character];
    if (closing !== undefined) open.push(KIND[closing]!);
    else if (KIND[character] !== undefined && open.pop() !== KIND[character]) return false;
  }
  return open.length === 0;
}
