/** Drawing from the toy model: temperature, then top-k, top-p and min-p, then the inverse of the cumulative distribution. */
import type { Random } from "../rzero/seeds.ts";
import type { SamplingParams } from "./policy.ts";
import { type NextToken, SMOOTHING, VOCABULARY_SIZE } from "./scripted-language.ts";

export interface DrawnToken {
  readonly token: number;
  /** Under the processed distribution it was drawn from. */
  readonly sampledLogprob: number;
}

/**
 * `next` is sorted, likeliest first; the tokens it does not name share one small probability and come after it, by id.
 * A temperature of 0 takes the first. One number is drawn from `random` per token, also then.
 */
export function drawToken(next: NextToken, sampling: Omit<SamplingParams, "maxTokens">, random: Random): DrawnToken {
  const uniform = random();
  if (sampling.temperature === 0) return { token: next[0]!.token, sampledLogprob: 0 };
  const named = new Set(next.map(({ token }) => token));
  const rest = Array.from({ length: VOCABULARY_SIZE }, (_, token) => token).filter((token) => !named.has(token));
  const tokens = [...next.map(({ token }) => token), ...rest];
  const power = 1 / sampling.temperature;
  const weights = tokens.map((_, rank) => (next[rank]?.probability ?? SMOOTHING / VOCABULARY_SIZE) ** power);

  let kept = sampling.topK > 0 ? Math.min(sampling.topK, tokens.length) : tokens.length;
  if (sampling.topP < 1) kept = ranksWithin(weights.slice(0, kept), sampling.topP);
  if (sampling.minP > 0) kept = weights.slice(0, kept).filter((weight) => weight >= sampling.minP * weights[0]!).length;

  const total = weights.slice(0, kept).reduce((sum, weight) => sum + weight, 0);
  let rank = 0;
  for (let passed = weights[0]!; passed <= uniform * total && rank < kept - 1; passed += weights[rank]!) rank++;
  return { token: tokens[rank]!, sampledLogprob: Math.log(weights[rank]! / total) };
}

/** Size of the smallest head of sorted `weights` that holds `share` of their sum. */
function ranksWithin(weights: readonly number[], share: number): number {
  const wanted = share * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const last = weights.findIndex((weight) => {
    sum += weight;
    return sum >= wanted;
  });
  return last < 0 ? weights.length : last + 1;
}
