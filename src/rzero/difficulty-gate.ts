/**
 * Which of the Challenger's questions become the Solver's curriculum (R-Zero, dataset construction):
 *
 *   keep x iff it is well-formed, new in the pool, and min <= p(x) <= max       paper: |p - 1/2| <= 1/4
 *
 * Two looks at the same pool: `triageProposals` before votes are spent, `difficultyGate` after. Every question gets its
 * verdict with the reason in words. Duplicates are our addition: the released code drops none.
 */
import type { Vote } from "./majority-vote.ts";

export interface GateVerdict {
  readonly state: "malformed" | "duplicate" | "outside-band" | "kept";
  /** Empty where kept. */
  readonly reason: string;
}

export type TriageVerdict =
  | { readonly state: "malformed" | "duplicate"; readonly reason: string }
  | { readonly state: "proposed"; readonly reason: "" };

/** A question without the differences that are not its own: runs of white space. */
export function questionKey(question: string): string {
  return question.trim().replace(/\s+/g, " ");
}

/**
 * `questions`: the pool in order, null where the completion held none. With `dropDuplicates` a question equal (up to
 * white space) to an earlier one of the pool, or to one in `seen`, is a duplicate.
 */
export function triageProposals(
  questions: readonly (string | null)[],
  options: { readonly dropDuplicates: boolean; readonly seen?: Iterable<string> },
): TriageVerdict[] {
  const seen = new Set<string>();
  for (const question of options.seen ?? []) seen.add(questionKey(question));
  return questions.map((question) => {
    if (question === null) return { state: "malformed", reason: "no question block or no boxed answer" };
    const key = questionKey(question);
    if (options.dropDuplicates && seen.has(key)) {
      return { state: "duplicate", reason: "the same question was proposed before" };
    }
    seen.add(key);
    return { state: "proposed", reason: "" };
  });
}

/** The verdict on a question that passed triage. A question that nobody answered has no label and is never kept. */
export function difficultyGate(
  vote: Pick<Vote, "pseudoLabel" | "majorityShare">,
  band: { readonly min: number; readonly max: number },
): GateVerdict {
  const share = vote.majorityShare;
  if (vote.pseudoLabel === null) return { state: "outside-band", reason: "no sample had an answer" };
  if (share < band.min) return { state: "outside-band", reason: `majority share ${share} is below ${band.min}` };
  if (share > band.max) return { state: "outside-band", reason: `majority share ${share} is above ${band.max}` };
  return { state: "kept", reason: "" };
}
