/** Votes whose groups a grader formed: the vote itself is rzero's, here it learns who agrees with whom, and how. */
import type { Grader, Grouping } from "../grading/grader.ts";
import { mapInPieces } from "../policy/map-in-pieces.ts";
import type { VoteGroup } from "../records/records.ts";
import { majorityVote, type Vote } from "../rzero/majority-vote.ts";

export interface GradedVote extends Vote {
  readonly groups: readonly VoteGroup[];
  /** Comparisons that came to no verdict, by code; such answers were not joined. */
  readonly gradingErrors: Readonly<Record<string, number>>;
}

/** One vote per set of answers; null is a sample without an answer. */
export async function gradedVotes(
  grader: Grader,
  sets: readonly (readonly (string | null)[])[],
  signal?: AbortSignal,
): Promise<readonly GradedVote[]> {
  const answered = sets.map((answers) => answers.filter((answer) => answer !== null));
  const groupings = await grader.group(answered, signal);
  return mapInPieces(sets, (answers, index) => voteOf(answers, answered[index]!, groupings[index]!));
}

function voteOf(answers: readonly (string | null)[], given: readonly string[], grouping: Grouping): GradedVote {
  const firstOf = new Map(given.map((answer, place) => [answer, grouping.first[place]!]));
  const vote = majorityVote(answers, (a, b) => firstOf.get(a) === firstOf.get(b));
  const hows = new Map<number, Record<string, number>>();
  given.forEach((_, place) => {
    const first = grouping.first[place]!;
    const counts = hows.get(first) ?? {};
    counts[grouping.how[place]!] = (counts[grouping.how[place]!] ?? 0) + 1;
    hows.set(first, counts);
  });
  const gradingErrors: Record<string, number> = {};
  for (const code of grouping.errors) gradingErrors[code] = (gradingErrors[code] ?? 0) + 1;
  return {
    ...vote,
    groups: vote.groups.map((group) => ({ ...group, how: hows.get(firstOf.get(group.answer)!) ?? {} })),
    gradingErrors,
  };
}
