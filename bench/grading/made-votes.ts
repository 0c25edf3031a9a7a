/** Made-up votes, as solvers of competition problems write them: one truth per question, in many notations, and slips. */
import { randomInteger, seededRandom } from "../../src/rzero/seeds.ts";

type Draw = (low: number, high: number) => number;
interface Truth {
  /** Ways to write the answer. */
  readonly right: readonly string[];
  readonly wrong: (draw: Draw) => string;
}

/** One row per sort of answer; the first sorts are the commonest. */
const SORTS: readonly ((draw: Draw) => Truth)[] = [
  integerAnswer,
  integerAnswer,
  integerAnswer,
  integerAnswer,
  fractionAnswer,
  fractionAnswer,
  (draw) => {
    const [a, b] = [draw(2, 9), draw(2, 9)];
    return {
      right: [
        `${a}\\sqrt{${b}}`,
        `${a}\\sqrt ${b}`,
        `\\sqrt{${a * a * b}}`,
        `${a}*sqrt(${b})`,
        `${a}${b}^{1/2}`.replace(`${a}${b}`, `${a}\\cdot ${b}`),
      ],
      wrong: (other) => `${other(2, 9)}\\sqrt{${b + 1}}`,
    };
  },
  (draw) => {
    const a = draw(1, 9);
    return {
      right: [`(x+${a})^2`, `x^2+${2 * a}x+${a * a}`, `x^{2} + ${2 * a} x + ${a * a}`, `(x+${a})(x+${a})`],
      wrong: (other) => `x^2+${2 * a}x+${a * a + other(1, 9)}`,
    };
  },
  (draw) => {
    const [a, b] = [draw(1, 20), draw(21, 40)];
    return {
      right: [`(${a},${b})`, `(${a}, ${b})`, `\\left(${a},${b}\\right)`, `x=${a}, y=${b}`],
      wrong: (other) => `(${b},${other(1, 20)})`,
    };
  },
  (draw) => {
    const [a, b] = [draw(1, 20), draw(21, 40)];
    return {
      right: [`\\{${a},${b}\\}`, `\\{${b}, ${a}\\}`, `${a}, ${b}`, `x=${b} \\text{ or } x=${a}`],
      wrong: (other) => `\\{${a},${other(41, 60)}\\}`,
    };
  },
  (draw) => {
    const a = draw(1, 9);
    return {
      right: [`(-\\infty, ${a})`, `x<${a}`, `${a}>x`, `(-\\infty,${a})`],
      wrong: () => `x \\le ${a}`,
    };
  },
];

function integerAnswer(draw: Draw): Truth {
  const n = draw(1000, 9999);
  const grouped = `${Math.floor(n / 1000)},${String(n % 1000).padStart(3, "0")}`;
  return {
    right: [`${n}`, `${n}`, `${n}`, `${n}`, `${n}.0`, `$${n}$`, grouped, `${n}\\text{ cm}`, `x=${n}`],
    wrong: (other) => `${other(1000, 9999)}`,
  };
}

function fractionAnswer(draw: Draw): Truth {
  const [top, bottom] = [draw(1, 40), 2 ** draw(1, 4)];
  return {
    right: [
      `\\frac{${top}}{${bottom}}`,
      `\\frac{${top}}{${bottom}}`,
      `${top}/${bottom}`,
      `\\dfrac{${top}}{${bottom}}`,
      `${top / bottom}`,
      `\\frac{${2 * top}}{${2 * bottom}}`,
    ],
    wrong: (other) => `\\frac{${top + other(1, 9)}}{${bottom}}`,
  };
}

export interface MadeVote {
  readonly answers: readonly string[];
  /** Which of them are the truth, in some notation. */
  readonly right: readonly boolean[];
}

/** `samples` answers each; about two thirds are right. The same for the same seed. */
export function madeVotes(questions: number, samples: number, seed = 1): readonly MadeVote[] {
  const random = seededRandom(seed);
  const draw: Draw = (low, high) => randomInteger(random, low, high);
  return Array.from({ length: questions }, () => {
    const truth = SORTS[draw(0, SORTS.length - 1)]!(draw);
    const right = Array.from({ length: samples }, () => draw(1, 3) > 1);
    const answers = right.map((is) => (is ? truth.right[draw(0, truth.right.length - 1)]! : truth.wrong(draw)));
    return { answers, right };
  });
}
