/** Scoring without sampling: answers, votes, a Challenger's batch, a Solver's stored rollouts. */
import { challengerRewards } from "../rzero/challenger-reward.ts";
import { majorityVote } from "../rzero/majority-vote.ts";
import { solverReward } from "../rzero/solver-reward.ts";
import type { Environment } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import { type ScoreService, ServiceError } from "./services.ts";

export function createScoreService(environment: Environment): ScoreService {
  const { curriculum } = environment;
  return {
    answers: ({ domain: name, items }) => {
      const domain = domainOf(environment, name);
      // A bare answer is its own box; whatever has a box is read as a completion.
      const read = (text: string) => domain.extractAnswer(text) ?? domain.extractAnswer(`\\boxed{${text}}`);
      return items.map((item) => {
        const answer = read(item.answer);
        const reference = read(item.reference);
        return {
          answer,
          reference,
          correct: answer !== null && reference !== null && domain.equivalent(answer, reference),
        };
      });
    },
    votes: ({ domain: name, items }) => {
      const domain = domainOf(environment, name);
      return items.map(({ answers }) => {
        const read = answers.map((text) =>
          text === null ? null : (domain.extractAnswer(text) ?? domain.extractAnswer(`\\boxed{${text}}`)),
        );
        return majorityVote(read, domain.equivalent);
      });
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
          return rolloutId === null ? [] : [{ id: rolloutId, reward, rewardParts: { ...parts }, advantage: null }];
        }),
      );
      return questions.map(({ id, majorityShare }, index) => ({ question: id, majorityShare, ...rewards[index]! }));
    },
    solverRollouts: async ({ run: runId, solutions: ids }) => {
      const run = curriculum.runs.get(runId);
      const domain = domainOf(environment, run.domain);
      const scored = curriculum.solutions.getMany(ids).map((solution, index) => {
        if (solution.runId !== runId) {
          throw new ServiceError("invalid-value", `solution ${solution.id} belongs to ${solution.runId}`, {
            field: `solutions.${index}`,
            value: solution.id,
          });
        }
        const { pseudoLabel } = solution;
        const outcomes = curriculum.rollouts.ofSolution(solution.id).map(({ id, text }) => {
          const answer = domain.extractAnswer(text);
          const { reward, correct, thinkFormat } =
            pseudoLabel === null
              ? { reward: 0, correct: 0, thinkFormat: 0 }
              : solverReward({ text, answer }, pseudoLabel, domain.equivalent, run.config.solver.reward);
          return { id, reward, rewardParts: { correct, thinkFormat }, advantage: null };
        });
        return { solution: solution.id, pseudoLabel, outcomes };
      });
      await curriculum.rollouts.setOutcomes(scored.flatMap(({ outcomes }) => outcomes));
      return scored.map(({ solution, pseudoLabel, outcomes }) => ({
        solution,
        pseudoLabel,
        rewards: outcomes.map(({ reward }) => reward),
      }));
    },
  };
}
