/** How fast votes are graded: the made-up corpus in one call, then the same again with every verdict remembered. */
import { pairsOf } from "../../src/grading/groups.ts";
import { WorkerGrader } from "../../src/grading/worker/worker-grader.ts";
import { madeVotes } from "./made-votes.ts";

export interface GradingSpeed {
  readonly questions: number;
  readonly samples: number;
  /** Pairs of different texts within a question. */
  readonly pairs: number;
  readonly seconds: number;
  /** Answers put into their group, a second. */
  readonly gradesPerSecond: number;
  readonly pairsPerSecond: number;
  /** The second time. */
  readonly rememberedSeconds: number;
  readonly rememberedGradesPerSecond: number;
  /** Comparisons that came to no verdict. */
  readonly errors: number;
}

const SAMPLES = 10;

/** The paper's pool is 8,000 questions of 10 answers. Starting the grading process is not counted. */
export async function measureGrading(questions: number): Promise<GradingSpeed> {
  const sets = madeVotes(questions, SAMPLES).map(({ answers }) => answers);
  const pairs = sets.reduce((sum, answers) => sum + pairsOf(answers).length, 0);
  const grader = new WorkerGrader({ remembered: 2 * pairs });
  try {
    await grader.compare([["x+1", "1+x"]]);
    const first = await timed(() => grader.group(sets));
    const again = await timed(() => grader.group(sets));
    const grades = questions * SAMPLES;
    return {
      questions,
      samples: SAMPLES,
      pairs,
      seconds: first.seconds,
      gradesPerSecond: grades / first.seconds,
      pairsPerSecond: pairs / first.seconds,
      rememberedSeconds: again.seconds,
      rememberedGradesPerSecond: grades / again.seconds,
      errors: first.result.reduce((sum, { errors }) => sum + errors.length, 0),
    };
  } finally {
    grader.close();
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}
