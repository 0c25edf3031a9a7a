/** What a run is about, as data and pure functions: prompts of both roles, grader, optional oracle, held-out set. */
import type { Grader } from "../grading/grader.ts";
import type { ChatMessage } from "../policy/policy.ts";

export interface HeldOutQuestion {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly skill: string;
  /** Larger is harder; its meaning is the domain's. */
  readonly size: number;
}

export interface Proposal {
  readonly question: string;
  /** What the Challenger boxed. */
  readonly answer: string;
}

export interface Domain {
  readonly name: string;
  readonly description: string;
  /** The Challenger's prompt; the same for every rollout. */
  challengerMessages(): readonly ChatMessage[];
  solverMessages(question: string): readonly ChatMessage[];
  /** null where the completion holds no well-formed question block and boxed answer. Never throws. */
  parseProposal(completion: string): Proposal | null;
  /** The final answer of a Solver's completion; null where there is none. Never throws. */
  extractAnswer(completion: string): string | null;
  /** Tells which extracted answers are the same. */
  readonly grader: Grader;
  /** The question as words, as the repetition penalty compares them (BLEU over these). */
  words(question: string): readonly string[];
  /**
   * What is left of a question when the first step of a Solver's completion is done, as a question of its own; null where
   * nothing is. Notation alone: the step's result is taken as written, right or wrong. Absent where solutions have no such form.
   */
  readonly remainder?: (question: string, completion: string) => string | null;
  /** The true answer where it can be computed; null where the question has none. FOR MEASUREMENT ONLY. Absent in domains without an oracle. */
  readonly oracle?: (question: string) => string | null;
  /** `count` questions from the domain's held-out set, the same for the same count. Empty in domains without one. */
  heldOut(count: number): readonly HeldOutQuestion[];
}
