/** What a model may write at its worst: 20,000 random and hostile texts, read in a process with a small heap. */
import { afterAll, expect, it } from "vitest";
import type { AnswerPair } from "../../../src/grading/grader.ts";
import { WorkerGrader } from "../../../src/grading/worker/worker-grader.ts";
import { type Random, randomInteger, seededRandom } from "../../../src/rzero/seeds.ts";
import { TABLES } from "./tables.ts";

const TOKENS = [
  ..."0123456789xyznABC+-*/^_=<>!|(){}[],.;:%$&~'\"\\ \n\t",
  "\\frac",
  "\\sqrt",
  "\\left",
  "\\right",
  "\\sum",
  "\\int",
  "\\lim",
  "\\log",
  "\\sin",
  "\\pi",
  "\\pm",
  "\\cup",
  "\\infty",
  "\\binom",
  "\\begin{pmatrix}",
  "\\end{pmatrix}",
  "\\\\",
  "\\text{",
  "\\mathbb{R}",
  "\\in",
  "\\{",
  "\\}",
  "\\langle",
  "\\boxed{",
  "!!",
  "^{",
  "_{",
  "\\frac{",
  "}{",
  "10^",
  "9^9^9",
  "1e999",
  "0.\\overline{",
  "\u200b",
  "\u202e",
  "\ud800",
  "\u0000",
  "½",
  "²",
  "∞",
  "constructor",
  "__proto__",
  "toString",
  "eval(",
  "process.exit()",
  "${",
  "require('fs')",
  "hours",
  " and ",
  " or ",
  "mod",
  "base",
  "AM",
  "January",
] as const;

const pick = <T>(random: Random, from: readonly T[]): T => from[randomInteger(random, 0, from.length - 1)]!;

function scrambled(random: Random): string {
  return Array.from({ length: randomInteger(random, 1, 30) }, () => pick(random, TOKENS)).join("");
}

/** A good answer with one thing broken. */
function damaged(random: Random): string {
  const { a, b } = pick(random, TABLES);
  const text = randomInteger(random, 0, 1) === 0 ? a : b;
  const at = randomInteger(random, 0, text.length);
  return `${text.slice(0, at)}${pick(random, TOKENS)}${text.slice(at + randomInteger(random, 0, 2))}`;
}

const EXTREMES: readonly string[] = [
  ...[
    "(",
    "{",
    "[",
    "\\{",
    "\\frac{",
    "\\sqrt{",
    "\\left(",
    "\\text{",
    "x^{",
    "|",
    "-",
    "+",
    "!",
    "\\sum",
    "^",
    "_",
    "\\pm",
    "1,",
    "1 and ",
    "x=",
    "'",
  ].flatMap((part) => [5, 50, 500, 20_000].map((times) => part.repeat(times))),
  ..."({["
    .split("")
    .flatMap((open, index) => [30, 300, 30_000].map((times) => `${open.repeat(times)}1${")}]"[index]!.repeat(times)}`)),
  "9".repeat(100_000),
  `0.${"3".repeat(100_000)}`,
  "9^9^9^9^9",
  "9^{9^{9^{9}}}",
  "2^{10^{10}}",
  "10^{-10^{10}}",
  "(10^{1000})!",
  "100000!",
  "\\binom{10^9}{5\\cdot 10^8}",
  "1e99999",
  "1.5e-9999",
  `${"x+".repeat(900)}x`,
  `${"(x+1)".repeat(300)}`,
  "(a+b+c+d+e+f+g+h)^{12}",
  "((((x+1)^9+1)^9+1)^9+1)^9",
  "\\sum_{k=1}^{10^9} k",
  "\\prod_{k=1}^{\\infty} k",
  "\\int_0^{\\infty} \\int_0^{\\infty} e^{-x^2-y^2}\\,dx\\,dy",
  "\\lim_{x\\to\\infty} (1+1/x)^x",
  "\\begin{pmatrix}".repeat(50),
  `\\begin{pmatrix}${"1&".repeat(600)}\\end{pmatrix}`,
  "\\int(".repeat(30),
  "\u200b".repeat(1999),
  "a".repeat(100_000),
  "\\".repeat(1999),
  "\0",
  "",
  " ",
];

const TEXTS = 20_000;

const grader = new WorkerGrader();
afterAll(() => grader.close());

it("gives a verdict or a typed error on every one of 20,000 hostile pairs, in either order, and stays alive", async () => {
  const random = seededRandom(20_000);
  const texts = Array.from({ length: TEXTS }, (_, index) => {
    if (index < EXTREMES.length) return EXTREMES[index]!;
    return index % 2 === 0 ? scrambled(random) : damaged(random);
  });
  const pairs = texts.map(
    (text, index): AnswerPair => [text, index % 3 === 0 ? "3" : texts[(index + 1) % texts.length]!],
  );
  const verdicts = await grader.compare(pairs);
  expect(verdicts).toHaveLength(TEXTS);
  const codes = new Map<string, number>();
  for (const verdict of verdicts) {
    const name = "error" in verdict ? verdict.error : "verdict";
    codes.set(name, (codes.get(name) ?? 0) + 1);
  }
  // What the limits do not catch the deadline does; that must stay the exception.
  const late = (codes.get("deadline-exceeded") ?? 0) + (codes.get("worker-lost") ?? 0);
  expect(late).toBeLessThan(10);
  const known = [
    "verdict",
    "deadline-exceeded",
    "worker-lost",
    "too-long",
    "too-deep",
    "too-large",
    "unparsable",
    "undecided",
  ];
  expect([...codes.keys()].filter((code) => !known.includes(code))).toEqual([]);

  const some = pairs.filter((_, index) => index % 10 === 0);
  const swapped = await new WorkerGraderOnce().compare(some.map(([a, b]): AnswerPair => [b, a]));
  const straight = verdicts.filter((_, index) => index % 10 === 0);
  const asymmetric = some.filter((_, index) => JSON.stringify(swapped[index]) !== JSON.stringify(straight[index]));
  expect(asymmetric).toEqual([]);
}, 180_000);

/** Closed after one question: its verdicts cannot come from an earlier one. */
class WorkerGraderOnce {
  async compare(pairs: readonly AnswerPair[]) {
    const fresh = new WorkerGrader();
    const verdicts = await fresh.compare(pairs);
    fresh.close();
    return verdicts;
  }
}
