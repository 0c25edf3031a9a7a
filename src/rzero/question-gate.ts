/**
 * What a run asks of a question beside the difficulty band: `GateSettings`, part by part, each in its own file.
 *
 * Before votes are spent (and before the Challenger is paid, where `gateFirst`) only the text is looked at; after them, the
 * votes and the Challenger's own answer. Nothing here knows the truth.
 */
import { agreementByLuck } from "./agreement-by-luck.ts";
import { voteMargin } from "./label-confidence.ts";
import type { Vote } from "./majority-vote.ts";
import type { GateSettings } from "./run-config.ts";
import { missingContext } from "./self-contained.ts";

export interface GatedVote {
  readonly vote: Pick<Vote, "groups">;
  /** m */
  readonly samples: number;
  /** Of how many answers the label is one: answerSpaces of agreement-by-luck.ts. */
  readonly answers: number;
  /** Is the Challenger's own answer the label? */
  readonly proposerAgrees: boolean;
}

/** Why the text alone keeps the question out; null where it does not. */
export function refusedText(question: string, gate: Pick<GateSettings, "selfContained">): string | null {
  return gate.selfContained ? missingContext(question) : null;
}

/** Why the votes keep the question out, wherever its share lies; null where they do not. */
export function refusedVote({ vote, samples, answers, proposerAgrees }: GatedVote, gate: GateSettings): string | null {
  const margin = voteMargin(vote.groups, samples);
  if (margin < gate.minMargin) return `the majority leads by ${margin}, less than ${gate.minMargin}`;
  const luck = gate.maxLuck < 1 ? agreementByLuck(samples, vote.groups[0]?.count ?? 0, answers) : 0;
  if (luck > gate.maxLuck) return `guessing would agree as much with chance ${luck}, above ${gate.maxLuck}`;
  if (gate.proposerAgrees && !proposerAgrees) return "the Challenger's own answer is another one";
  return null;
}
