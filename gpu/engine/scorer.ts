/** Log-probabilities of given texts, micro-batch by micro-batch. */
import type { DecoderConfig } from "../models/decoder-config.ts";
import { layoutKey } from "../models/model-inputs.ts";
import { logprobsProgram } from "../programs/logprobs.ts";
import { int64 } from "../runtime/tensor.ts";
import { EngineError } from "./engine-error.ts";
import { fitScoring } from "./fit-memory.ts";
import { type Sequence, sequenceProblem } from "./micro-batches.ts";
import type { ProgramCache } from "./program-cache.ts";
import { runMicroBatches } from "./run-micro-batches.ts";
import type { ResidentWeights } from "./weights-store.ts";

export interface Scores {
  /** [S] each [scored tokens] */
  readonly logprobs: Float32Array[];
  readonly entropies: Float32Array[];
  /** [S] each [scored tokens * k], largest first; empty for k = 0 */
  readonly topTokens: Int32Array[];
  readonly topLogprobs: Float32Array[];
}

/** Whatever the memory. */
const limits = { maxTokens: 8192, maxPadding: 0.15 };

export async function scoreSequences(
  programs: ProgramCache,
  config: DecoderConfig,
  { layout, feeds, mapped }: ResidentWeights,
  sequences: readonly Sequence[],
  k: number,
  memory: number,
  breathe: () => Promise<void>,
): Promise<Scores> {
  checkSequences(sequences, config);
  if (!Number.isInteger(k) || k < 0 || k > config.vocabularySize)
    throw new EngineError("invalid-request", `top ${k} of a vocabulary of ${config.vocabularySize}`);
  const { plan, fits } = fitScoring(config, longestOf(sequences), memory, layout);
  const scores: Scores = { logprobs: [], entropies: [], topTokens: [], topLogprobs: [] };
  await runMicroBatches(programs, sequences, { ...limits, fits }, async (batch) => {
    await breathe();
    const session = await programs.get(
      `logprobs:${k}:${layoutKey(layout)}:${JSON.stringify(plan)}`,
      () => logprobsProgram(config, k, plan, layout),
      { mapped },
    );
    const outputs = await session.run({
      ...feeds,
      tokens: int64(batch.tokens, batch.shape),
      rows: int64(batch.rows, [batch.rows.length]),
      targets: int64(batch.targets, [batch.targets.length]),
    });
    let at = 0;
    for (const i of batch.order) {
      const count = sequences[i]!.tokens.length - sequences[i]!.from;
      const part = (name: string, width: number) =>
        (outputs[name]!.data as Float32Array).slice(at * width, (at + count) * width);
      scores.logprobs[i] = part("logprobs", 1);
      scores.entropies[i] = part("entropies", 1);
      scores.topLogprobs[i] = k > 0 ? part("topLogprobs", k) : new Float32Array(0);
      const tokens = k > 0 ? (outputs.topTokens!.data as BigInt64Array).slice(at * k, (at + count) * k) : [];
      scores.topTokens[i] = Int32Array.from(tokens, Number);
      at += count;
    }
  });
  return scores;
}

/** Tokens; 1 if there are no sequences. */
export const longestOf = (sequences: readonly Sequence[]): number =>
  sequences.reduce((longest, { tokens }) => Math.max(longest, tokens.length), 1);

/** @throws EngineError for the first sequence that cannot be scored. */
export function checkSequences(sequences: readonly Sequence[], config: DecoderConfig): void {
  for (const [i, sequence] of sequences.entries()) {
    const problem = sequenceProblem(sequence, config.contextLength, config.vocabularySize);
    if (problem === null) continue;
    const code = sequence.tokens.length > config.contextLength ? "context-length-exceeded" : "invalid-request";
    throw new EngineError(code, `sequence ${i}: ${problem}`);
  }
}
