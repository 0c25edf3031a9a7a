/** Labels looked at again (rzero/decomposed-label.ts): who is asked what, and when. */
import type { Domain } from "../domains/domain.ts";
import { Verdicts } from "../grading/verdicts.ts";
import type { WeightsDigest } from "../policy/policy.ts";
import type { Decomposition } from "../records/records.ts";
import { type DecompositionOutcome, decomposedLabel, type Look, type Looks } from "../rzero/decomposed-label.ts";
import type { GateSettings } from "../rzero/run-config.ts";
import { type PhaseWork, samplingProgress, seedOf } from "./iteration-work.ts";
import { type Ballot, voteOnQuestions } from "./votes.ts";

/** A question of the pool with the Solver's votes on it. */
export interface VotedQuestion {
  readonly text: string;
  /** In the pool: what its seeds derive from. */
  readonly place: number;
  readonly ballot: Ballot;
}

export interface CheckedLabel {
  /** The vote's, or the one that corrects it. */
  readonly label: string | null;
  /** Null where nobody looked again: the run asks for no looks, or nothing is left of the question. */
  readonly decomposition: Decomposition | null;
}

/** A question as it was last looked at. */
interface Looked {
  readonly index: number;
  readonly place: number;
  readonly question: string;
  readonly completions: readonly string[];
}

/** One per question. A further step is done only where the looks so far settle nothing. */
export async function checkLabels(
  phase: PhaseWork,
  voted: readonly VotedQuestion[],
  use: "looks" | "challenger-looks" = "looks",
): Promise<readonly CheckedLabel[]> {
  const { decompositions, decompositionShare, looksBy } = phase.run.config.pool.gate;
  if (decompositions === 0) {
    return voted.map(({ ballot }) => ({ label: ballot.vote.pseudoLabel, decomposition: null }));
  }
  const taken: Decomposition["looks"][number][][] = voted.map(() => []);
  const take = async (asked: readonly Omit<Looked, "completions">[], depth: number): Promise<readonly Looked[]> => {
    const ballots = await vote(phase, asked, depth, use);
    return asked.map((each, at) => {
      const ballot = ballots[at]!;
      taken[each.index]!.push({ question: each.question, ...lookOf(ballot) });
      return { ...each, completions: ballot.completions.map(({ text }) => text) };
    });
  };
  const judged = async () => {
    const all = voted.map(({ ballot }, index): Looks => {
      const looks = taken[index]!;
      const [base, rests] = looksBy === "base" ? [looks[0]!, looks.slice(1)] : [null, looks];
      return { vote: lookOf(ballot), base, rests };
    });
    const verdicts = await Verdicts.of(phase.domain.grader, all.flatMap(compared), phase.work.signal);
    return all.map((looks) => decomposedLabel(looks, decompositionShare, verdicts.equivalent));
  };
  const whole = voted.map(({ text, place }, index) => ({ index, place, question: text }));
  let asked: readonly Looked[] =
    looksBy === "base"
      ? await take(whole, 0)
      : whole.map((each, at) => ({ ...each, completions: voted[at]!.ballot.completions.map(({ text }) => text) }));
  let labels = await judged();
  for (let depth = 1; depth <= decompositions; depth++) {
    asked = await take(
      asked.flatMap(({ completions, ...each }) => {
        const rest = remainderOf(phase.domain, each.question, completions, decompositionShare);
        return rest === null ? [] : [{ ...each, question: rest }];
      }),
      depth,
    );
    labels = await judged();
    asked = asked.filter(({ index }) => !settled(labels[index]!.outcome));
  }
  return labels.map(({ label, outcome }, index) => {
    const looks = taken[index]!;
    return { label, decomposition: looks.length === 0 ? null : { outcome, looks } };
  });
}

const settled = (outcome: DecompositionOutcome): boolean => outcome === "confirmed" || outcome === "corrected";

/** Does a label stand after it was looked at again? One that nobody could look at does. */
export const stands = (decomposition: Decomposition | null, gate: Pick<GateSettings, "keepCorrected">): boolean =>
  decomposition === null ||
  decomposition.outcome === "confirmed" ||
  (decomposition.outcome === "corrected" && gate.keepCorrected);

async function vote(
  phase: PhaseWork,
  asked: readonly Omit<Looked, "completions">[],
  depth: number,
  use: string,
): Promise<readonly Ballot[]> {
  if (asked.length === 0) return [];
  const { domain, run, policy, sampler, solver, work } = phase;
  const { looksBy } = run.config.pool.gate;
  const { ballots } = await voteOnQuestions({
    sampler,
    tokenizer: policy.tokenizer,
    domain,
    weights: looksBy === "base" ? policy.model.baseWeights : (solver.digest as WeightsDigest),
    questions: asked.map(({ question }) => question),
    samples: run.config.votes.samples,
    sampling: run.config.votes.sampling,
    seed: (question, sample) => seedOf(phase, use, { step: depth, prompt: asked[question]!.place, sample }),
    pieces: phase.pieces,
    signal: work.signal,
    ...(use === "looks" ? { onProgress: samplingProgress(phase, doneBefore(depth), doneBefore(depth + 1)) } : {}),
  });
  return ballots;
}

/** Of the votes phase: a look at fewer questions each time, after the Solver's own votes. */
const doneBefore = (depth: number): number => 1 - 0.6 * 0.5 ** depth;
export const OWN_VOTES = doneBefore(0);

/** What is left of the question after the first step that at least this share of the completions takes; null where they differ. */
function remainderOf(
  { remainder }: Domain,
  question: string,
  completions: readonly string[],
  minShare: number,
): string | null {
  const counts = new Map<string, number>();
  for (const completion of completions) {
    const rest = remainder?.(question, completion) ?? null;
    if (rest !== null) counts.set(rest, (counts.get(rest) ?? 0) + 1);
  }
  let most: string | null = null;
  for (const [rest, count] of counts) if (most === null || count > counts.get(most)!) most = rest;
  return most !== null && counts.get(most)! >= minShare * completions.length ? most : null;
}

const lookOf = ({ vote }: Ballot): Look => ({ label: vote.pseudoLabel, share: vote.majorityShare });

/** Every pair of labels that the rule may ask about. */
function compared({ vote, base, rests }: Looks) {
  const labels = [vote, ...(base === null ? [] : [base]), ...rests].map(({ label }) => label);
  return labels.flatMap((a, at) => labels.slice(at + 1).flatMap((b) => [[a, b] as const, [b, a] as const]));
}
