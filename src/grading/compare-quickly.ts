/** What needs no reading: equal texts and plain numbers. Apart, so that the service decides them without loading an algebra. */
import { normalizeAnswer } from "./answer-equivalence.ts";
import { MAX_LENGTH } from "./limits.ts";
import { sameNumbers, stepOf } from "./number.ts";
import { parseRational } from "./rational.ts";
import { decide, same, type Verdict } from "./verdict.ts";

/** In microseconds; null for everything else. */
export function compareQuickly(a: string, b: string): Verdict | null {
  if (a === b) return same("string");
  if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return null;
  const [left, right] = [plainNumber(a), plainNumber(b)];
  if (left !== null && right !== null) {
    return decide(sameNumbers({ value: left, step: stepOf(a) }, { value: right, step: stepOf(b) }), "numeric");
  }
  // It drops "x =", and x = 5 is not y = 5.
  if (a.includes("=") || b.includes("=")) return null;
  return normalizeAnswer(a) === normalizeAnswer(b) ? same("string") : null;
}

/** Only what reads the same whoever reads it: digits, a sign, a point, a slash. */
const plainNumber = (text: string) => (/^[+-]?\d+(?:\.\d+|\/\d+)?$/.test(text) ? parseRational(text) : null);
