/** Accuracy of weights on the held-out set, per skill and size: sampled at temperature 1, by majority, and greedy. */
import type { ProgramCache } from "../../gpu/engine/program-cache.ts";
import { unragged } from "../../gpu/engine/ragged.ts";
import { sampleRows } from "../../gpu/engine/sampler.ts";
import { wholeModel } from "../../gpu/engine/weights-store.ts";
import type { DecoderConfig } from "../../gpu/models/decoder-config.ts";
import { float32 } from "../../gpu/runtime/tensor.ts";
import type { Tokenizer } from "../../gpu/tokenizer/tokenizer.ts";
import { arithmetic } from "../../src/domains/arithmetic/arithmetic.ts";
import { equivalentAnswers } from "../../src/grading/answer-equivalence.ts";
import { majorityVote } from "../../src/rzero/majority-vote.ts";
import { deriveSeed } from "../../src/rzero/seeds.ts";

export interface SkillRow {
  readonly skill: string;
  readonly size: number;
  readonly questions: number;
  readonly sampled: number;
  readonly majority: number;
  readonly greedy: number;
}

const samplesPerQuestion = 10;

export async function measureSkills(
  programs: ProgramCache,
  config: DecoderConfig,
  weights: Float32Array,
  tokenizer: Tokenizer,
  count: number,
): Promise<SkillRow[]> {
  const questions = arithmetic.heldOut(count);
  const prompts = questions.map((q) =>
    Int32Array.from(tokenizer.encode(tokenizer.renderChat(arithmetic.solverMessages(q.question)))),
  );
  const resident = await programs.device.upload(float32(weights, [weights.length]));
  const answers = async (temperature: number, samples: number) => {
    const rowPrompt = Int32Array.from({ length: prompts.length * samples }, (_, r) => Math.floor(r / samples));
    const seeds = Uint32Array.from(rowPrompt, (prompt, r) =>
      deriveSeed({ run: 0, iteration: 0, phase: "measure", step: 0, prompt, sample: r % samples }),
    );
    const sampling = { temperature, topP: 1, topK: 0, minP: 0, maxTokens: 48, stopTokens: tokenizer.eosTokenIds };
    const sampled = await sampleRows(programs, config, wholeModel(resident), { prompts, rowPrompt, seeds }, sampling);
    const texts = unragged(sampled.tokens).map((ids) => tokenizer.decode([...ids], { skipSpecial: true }));
    return questions.map((_, q) =>
      texts.slice(q * samples, (q + 1) * samples).map((text) => arithmetic.extractAnswer(text)),
    );
  };
  const sampled = await answers(1, samplesPerQuestion);
  const greedy = await answers(0, 1);
  resident.dispose();
  const groups = new Map<string, { skill: string; size: number; at: number[] }>();
  for (const [i, { skill, size }] of questions.entries()) {
    const key = `${skill} ${size}`;
    const group = groups.get(key) ?? { skill, size, at: [] };
    group.at.push(i);
    groups.set(key, group);
  }
  const right = (answer: string | null, q: number) =>
    answer !== null && equivalentAnswers(answer, questions[q]!.answer) ? 1 : 0;
  const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return [...groups.values()]
    .sort((a, b) => a.skill.localeCompare(b.skill) || a.size - b.size)
    .map(({ skill, size, at }) => ({
      skill,
      size,
      questions: at.length,
      sampled: average(at.flatMap((q) => sampled[q]!.map((answer) => right(answer, q)))),
      majority: average(at.map((q) => right(majorityVote(sampled[q]!, equivalentAnswers).pseudoLabel, q))),
      greedy: average(at.map((q) => right(greedy[q]![0]!, q))),
    }));
}

/** Weighted by questions. */
export function overall(rows: readonly SkillRow[]): Omit<SkillRow, "skill" | "size"> {
  const questions = rows.reduce((total, row) => total + row.questions, 0);
  const mean = (pick: (row: SkillRow) => number) =>
    rows.reduce((total, row) => total + pick(row) * row.questions, 0) / questions;
  return {
    questions,
    sampled: mean((r) => r.sampled),
    majority: mean((r) => r.majority),
    greedy: mean((r) => r.greedy),
  };
}
