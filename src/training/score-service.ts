/** Scoring without sampling: answers, votes, a Challenger's batch, a Solver's stored rollouts. */
import type { Domain } from "../domains/domain.ts";
import { verdictName } from "../grading/verdict.ts";
import { Verdicts } from "../grading/verdicts.ts";
import { challengerRewards } from "../rzero/challenger-reward.ts";
import { solverReward } from "../rzero/solver-reward.ts";
import type { Environment } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import { gradedVotes } from "./graded-vote.ts";
import { type AnswerScore, type ScoreService, ServiceError } from "./services.ts";

const NO_LABEL = { reward: 0, rewardParts: { correct: 0, thinkFormat: 0 }, advantage: null } as const;

export function createScoreService(environment: Environment): ScoreService {
  const { curriculum } = environment;
  return {
    answers: async ({ domain: name, items }) => {
      const domain = domainOf(environment, name);
      const read = (text: string) => readAnswer(domain, text);
      const texts = items.map((item) => ({ answer: read(item.answer), reference: read(item.reference) }));
      const verdicts = await Verdicts.of(
        domain.grader,
        texts.map(({ answer, reference }) => [answer, reference] as const),
      );
      return texts.map(({ answer, reference }) => ({ answer, reference, ...answerScore(verdicts, answer, reference) }));
    },
    votes: async ({ domain: name, items }) => {
      const domain = domainOf(environment, name);
      const read = (text: string | null) => (text === null ? null : readAnswer(domain, text));
      return gradedVotes(
        domain.grader,
        items.map(({ answers }) => answers.map(read)),
      );
    },
    challengerBatch: async ({ run: runId, questions: ids }) => {
      const run = curriculum.runs.get(runId);
      const domain = domainOf(environment, run.domain);
      const questions = curriculum.questions.getMany(ids);
      questions.forEach((question, index) => {
        if (question.runId === runId && (question.state === "malformed" || question.majorityShare !== null)) return;
        const why = question.runId === runId ? "has no votes yet: solve it first" : `belongs to ${question.runId}`;
        throw new ServiceError("invalid-value", `question ${question.id} ${why}`, {
          field: `questions.${index}`,
          value: question.id,
        });
      });
      const rewards = challengerRewards(
        questions.map(({ state, text, majorityShare }) =>
          state === "malformed" || majorityShare === null ? null : { words: domain.words(text), majorityShare },
        ),
        run.config.challenger,
      );
      await curriculum.rollouts.setOutcomes(
        questions.flatMap(({ rolloutId }, index) => {
          const { reward, ...parts } = rewards[index]!;
          return rolloutId === null
            ? []
            : [{ id: rolloutId, verdict: null, reward, rewardParts: { ...parts }, advantage: null }];
        }),
      );
      return questions.map(({ id, majorityShare }, index) => ({ question: id, majorityShare, ...rewards[index]! }));
    },
    solverRollouts: async ({ run: runId, solutions: ids }) => {
      const run = curriculum.runs.get(runId);
      const domain = domainOf(environment, run.domain);
      const solutions = curriculum.solutions.getMany(ids).map((solution, index) => {
        if (solution.runId !== runId) {
          throw new ServiceError("invalid-value", `solution ${solution.id} belongs to ${solution.runId}`, {
            field: `solutions.${index}`,
            value: solution.id,
          });
        }
        const rollouts = curriculum.rollouts.ofSolution(solution.id);
        return {
          ...solution,
          rollouts: rollouts.map(({ id, text }) => ({ id, text, answer: domain.extractAnswer(text) })),
        };
      });
      const verdicts = await Verdicts.of(
        domain.grader,
        solutions.flatMap(({ pseudoLabel, rollouts }) => rollouts.map(({ answer }) => [answer, pseudoLabel] as const)),
      );
      const scored = solutions.map(({ id: solution, pseudoLabel, rollouts }) => ({
        solution,
        pseudoLabel,
        outcomes: rollouts.map(({ id, text, answer }) => {
          if (pseudoLabel === null) return { id, verdict: null, ...NO_LABEL };
          const rollout = { text, answer };
          const { reward, correct, thinkFormat } = solverReward(
            rollout,
            pseudoLabel,
            verdicts.equivalent,
            run.config.solver.reward,
          );
          const verdict = answer === null ? null : verdictName(verdicts.verdict(answer, pseudoLabel));
          return { id, verdict, reward, rewardParts: { correct, thinkFormat }, advantage: null };
        }),
      }));
      await curriculum.rollouts.setOutcomes(scored.flatMap(({ outcomes }) => outcomes));
      return scored.map(({ solution, pseudoLabel, outcomes }) => ({
        solution,
        pseudoLabel,
        rewards: outcomes.map(({ reward }) => reward),
        verdicts: outcomes.map(({ verdict }) => verdict),
      }));
    },
  };
}

const HAS_BOX = /\\(?:boxed|fbox)(?![a-zA-Z])/;

/** A bare answer is its own box; whatever has a box is read as a completion, and a box that never closes holds nothing. */
function readAnswer(domain: Domain, text: string): string | null {
  const answer = domain.extractAnswer(text);
  return answer === null && !HAS_BOX.test(text) ? domain.extractAnswer(`\\boxed{${text}}`) : answer;
}

function answerScore(
  verdicts: Verdicts,
  answer: string | null,
  reference: string | null,
): Pick<AnswerScore, "correct" | "how" | "error"> {
  if (answer === null || reference === null) return { correct: false, how: null, error: null };
  const verdict = verdicts.verdict(answer, reference);
  return "error" in verdict
    ? { correct: false, how: null, error: { code: verdict.error, message: verdict.message } }
    : { correct: verdict.equivalent, how: verdict.how, error: null };
}
