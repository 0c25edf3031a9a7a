/** Are two answers the same? Pure and symmetric; see worker/ for what keeps it from taking too long. */
import { compareQuickly } from "./compare-quickly.ts";
import { compareValues } from "./compare-values.ts";
import { normalizeNotation } from "./notation.ts";
import { readAnswer } from "./read-answer.ts";
import type { Value } from "./value.ts";
import { GradingError, same, type Verdict } from "./verdict.ts";

/** Reads answers that were read before from memory. */
export type ReadAnswer = (answer: string) => Value;

/** Never throws: what cannot be graded is a verdict with an error. */
export function compare(a: string, b: string, read: ReadAnswer = readAnswer): Verdict {
  const quick = compareQuickly(a, b);
  if (quick !== null) return quick;
  // One order for both: the verdict cannot depend on who is asked first.
  const [first, second] = a < b ? [a, b] : [b, a];
  try {
    return compareValues(read(first), read(second));
  } catch (error) {
    if (error instanceof GradingError) {
      // What nobody can read may still be the same symbols.
      if (error.code === "unparsable" && symbols(first) === symbols(second)) return same("text");
      return { error: error.code, message: error.message };
    }
    if (error instanceof RangeError)
      return { error: "too-deep", message: "an answer nested too deeply to be compared" };
    throw error;
  }
}

const symbols = (answer: string): string => normalizeNotation(answer).replace(/[\s\\{}]/g, "");
