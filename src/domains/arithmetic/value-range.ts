/** Do all values of a question, on the way and at the end, lie in 0..9999? What generated text is limited to. */
import type { Question } from "./expression.ts";
import { workText } from "./work.ts";

export function allValuesInRange(question: Question): boolean {
  let inside = true;
  workText(question, (value) => {
    inside &&= value >= 0 && value <= 9999;
    return value;
  });
  return inside;
}
