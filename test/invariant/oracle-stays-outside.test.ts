import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { arithmetic } from "../../src/domains/arithmetic/arithmetic.ts";
import type { Domain } from "../../src/domains/domain.ts";
import { equivalentAnswers } from "../../src/grading/answer-equivalence.ts";
import { groupAdvantages } from "../../src/rzero/advantages.ts";
import { challengerRewards } from "../../src/rzero/challenger-reward.ts";
import { difficultyGate, triageProposals } from "../../src/rzero/difficulty-gate.ts";
import { majorityVote } from "../../src/rzero/majority-vote.ts";
import { PRESETS } from "../../src/rzero/presets.ts";
import { solverReward } from "../../src/rzero/solver-reward.ts";

const folder = new URL("../../src/rzero/", import.meta.url);
const sources = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));

/** What the loop does with one pool of completions, and everything it decides from them. */
function decide(domain: Domain, proposals: readonly string[], answers: readonly (readonly string[])[]) {
  return PRESETS.map(({ config }) => {
    const parsed = proposals.map((text) => domain.parseProposal(text));
    const votes = answers.map((texts) =>
      majorityVote(
        texts.map((text) => domain.extractAnswer(text)),
        equivalentAnswers,
      ),
    );
    const challenger = challengerRewards(
      parsed.map(
        (proposal, at) =>
          proposal && { words: domain.words(proposal.question), majorityShare: votes[at]!.majorityShare },
      ),
      config.challenger,
    );
    return {
      challenger,
      triage: triageProposals(
        parsed.map((proposal) => proposal?.question ?? null),
        { dropDuplicates: true },
      ),
      gate: votes.map((vote) => difficultyGate(vote, config.pool.difficultyBand)),
      solver: answers.map((texts, at) =>
        groupAdvantages(
          texts.map(
            (text) =>
              solverReward(
                { text, answer: domain.extractAnswer(text) },
                votes[at]!.pseudoLabel ?? "",
                equivalentAnswers,
                config.solver.reward,
              ).reward,
          ),
        ),
      ),
    };
  });
}

const box = (value: number) => `\\boxed{${value}}`;
const proposals = ["<question>12+18</question>\\boxed{30}", "<question>6*17</question>\\boxed{1}", "no question"];
// The majority of the first is right, that of the second wrong.
const answers = [
  [30, 30, 30, 30, 31, 32],
  [101, 101, 101, 102, 102, 7],
  [1, 2, 3, 4, 5, 6],
].map((values) => values.map(box));

describe("what an oracle measures", () => {
  it("is unknown to src/rzero: no import leaves the folder, no code names it", () => {
    expect(sources.length).toBeGreaterThan(10);
    for (const { name, text } of sources) {
      for (const [, specifier] of text.matchAll(/from "([^"]+)"|import\("([^"]+)"\)/g)) {
        expect(specifier, name).toMatch(/^\.\/[a-z-]+\.ts$/);
      }
      expect(text, name).not.toMatch(/oracle|labelAccuracy|labelCorrect|heldOut/i);
    }
  });

  it("never changes a reward, an advantage or a gate: a failing, a lying and no oracle decide alike", () => {
    const calls: string[] = [];
    const failing: Domain = {
      ...arithmetic,
      oracle: (question) => {
        calls.push(question);
        throw new Error(`the oracle was asked about ${question}`);
      },
    };
    const honest = decide(arithmetic, proposals, answers);
    expect(decide(failing, proposals, answers)).toEqual(honest);
    expect(decide({ ...arithmetic, oracle: () => "0" }, proposals, answers)).toEqual(honest);
    expect(decide({ ...arithmetic, oracle: undefined }, proposals, answers)).toEqual(honest);
    expect(calls).toEqual([]);
  });

  it("is not what the Solver is paid for: the wrong majority earns, the right minority does not", () => {
    const group = decide(arithmetic, proposals, answers)[0]!.solver[1]!.advantages;
    expect(group[0]).toBeGreaterThan(0);
    expect(group[3]).toBeLessThan(0);
  });
});
