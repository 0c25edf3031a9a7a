/** Scoring without sampling: answers, votes, a Challenger's batch, a Solver's stored rollouts. */
import type { Domain } from "../domains/domain.ts";
import { Verdicts } from "../grading/verdicts.ts";
import { challengerRewards } from "../rzero/challenger-reward.ts";
import type { Environment } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import { requireEvaluator } from "./find-evaluator.ts";
import { gradedVotes } from "./graded-vote.ts";
import { gradeByDomain, gradeByEvaluator, type RolloutGrade } from "./rollout-grades.ts";
import { type AnswerScore, type ScoreService, ServiceError } from "./services.ts";

const NO_LABEL = { reward: 0, rewardParts: { correct: 0, thinkFormat: 0 }, advantage: null } as const;

export function createScoreService(environment: Environment): ScoreService {
  const { curriculum } = environment;
  return {
    answers: async ({ domain: name, items }, signal) => {
      const domain = domainOf(environment, name);
      const read = (text: string) => readAnswer(domain, text);
      const texts = items.map((item) => ({ answer: read(item.answer), reference: read(item.reference) }));
      const verdicts = await Verdicts.of(
        domain.grader,
        texts.map(({ answer, reference }) => [answer, reference] as const),
        signal,
      );
      return texts.map(({ answer, reference }) => ({ answer, reference, ...answerScore(verdicts, answer, reference) }));
    },
    votes: async ({ domain: name, items }, signal) => {
      const domain = domainOf(environment, name);
      const read = (text: string | null) => (text === null ? null : readAnswer(domain, text));
      return gradedVotes(
        domain.grader,
        items.map(({ answers }) => answers.map(read)),
        signal,
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
    solverRollouts: async ({ run: runId, solutions: ids, evaluator: named }, signal) => {
      const run = curriculum.runs.get(runId);
      const domain = domainOf(environment, run.domain);
      const evaluator = named === undefined ? run.config.evaluators.grader : named;
      if (evaluator !== null) requireEvaluator(environment, "grader", evaluator, "evaluator");
      const solutions = curriculum.solutions.getMany(ids).map((solution, index) => {
        if (solution.runId !== runId) {
          throw new ServiceError("invalid-value", `solution ${solution.id} belongs to ${solution.runId}`, {
            field: `solutions.${index}`,
            value: solution.id,
          });
        }
        const question = curriculum.questions.get(solution.questionId).text;
        const rollouts = curriculum.rollouts.ofSolution(solution.id).map(({ id, text }) => ({
          id,
          question,
          pseudoLabel: solution.pseudoLabel,
          text,
          answer: domain.extractAnswer(text),
        }));
        return { ...solution, rollouts };
      });
      const labelled = solutions.flatMap(({ pseudoLabel, rollouts }) =>
        pseudoLabel === null ? [] : rollouts.map((rollout) => ({ ...rollout, pseudoLabel })),
      );
      const { reward: kind } = run.config.solver;
      const origin = { runId, iterationId: null, iteration: null };
      const grades =
        evaluator === null
          ? await gradeByDomain(domain, labelled, kind, signal)
          : await gradeByEvaluator(environment.evaluators.ask("grader", evaluator), labelled, kind, origin, signal);
      const gradeOf = new Map(labelled.map(({ id }, index) => [id, grades[index]!]));
      const scored = solutions.map(({ id: solution, pseudoLabel, rollouts }) => ({
        solution,
        pseudoLabel,
        outcomes: rollouts.map(({ id }) => ({ id, ...outcomeOf(gradeOf.get(id)) })),
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

/** Undefined: there is no label, and nothing to be paid for. */
function outcomeOf(grade: RolloutGrade | undefined) {
  if (grade === undefined) return { verdict: null, ...NO_LABEL };
  const { verdict, parts } = grade;
  if (parts === null) return { verdict, reward: null, rewardParts: null, advantage: null };
  const { reward, correct, thinkFormat } = parts;
  return { verdict, reward, rewardParts: { correct, thinkFormat }, advantage: null };
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
