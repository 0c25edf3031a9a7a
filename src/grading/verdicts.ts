/** Verdicts asked for at once and looked up afterwards: between the grader, which takes its time, and rules that are pure. */
import type { AnswerPair, Grader } from "./grader.ts";
import { isSame, type Verdict } from "./verdict.ts";

export class Verdicts {
  readonly #byPair: ReadonlyMap<string, Verdict>;

  private constructor(byPair: ReadonlyMap<string, Verdict>) {
    this.#byPair = byPair;
  }

  /** Pairs with a null have no verdict and are no question. */
  static async of(
    grader: Grader,
    pairs: readonly (readonly [string | null, string | null])[],
    signal?: AbortSignal,
  ): Promise<Verdicts> {
    const asked = new Map<string, AnswerPair>();
    for (const [a, b] of pairs) if (a !== null && b !== null) asked.set(keyOf(a, b), [a, b]);
    const verdicts = await grader.compare([...asked.values()], signal);
    return new Verdicts(new Map([...asked.keys()].map((key, index) => [key, verdicts[index]!])));
  }

  /** Throws where the pair was not asked for: an unasked question must not look like a wrong answer. */
  verdict(a: string, b: string): Verdict {
    const verdict = this.#byPair.get(keyOf(a, b));
    if (verdict === undefined) throw new Error("these two answers were not compared");
    return verdict;
  }

  /** As the rules of rzero/ take it; a pair without a verdict is not equivalent, and its record says why. */
  readonly equivalent = (a: string, b: string): boolean => isSame(this.verdict(a, b));
}

const keyOf = (a: string, b: string): string => `${a}\0${b}`;
