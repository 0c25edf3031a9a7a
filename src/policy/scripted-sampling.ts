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
  const power = 1 / sampling.temperature;
  const named = next.map(({ probability }) => probability ** power);
  const other = (SMOOTHING / VOCABULARY_SIZE) ** power;
  /** Sum of the first `ranks` weights. */
  const head = (ranks: number) =>
    named.slice(0, ranks).reduce((sum, weight) => sum + weight, 0) + Math.max(0, ranks - named.length) * other;

  const kept = keptRanks(named, other, sampling, head);
  const target = uniform * head(kept);
  let passed = 0;
  for (let rank = 0; rank < Math.min(kept, named.length); rank++) {
    passed += named[rank]!;
    if (target < passed || rank === kept - 1) {
      return { token: next[rank]!.token, sampledLogprob: Math.log(named[rank]! / head(kept)) };
    }
  }
  const place = Math.min(Math.floor((target - passed) / other), kept - named.length - 1);
  return { token: unnamedToken(next, place), sampledLogprob: Math.log(other / head(kept)) };
}

/** How many of the likeliest tokens may be drawn; at least one. */
function keptRanks(
  named: readonly number[],
  other: number,
  { topK, topP, minP }: Pick<SamplingParams, "topK" | "topP" | "minP">,
  head: (ranks: number) => number,
): number {
  let kept = topK > 0 ? Math.min(topK, VOCABULARY_SIZE) : VOCABULARY_SIZE;
  if (topP < 1) {
    const wanted = topP * head(kept);
    let ranks = 1;
    while (ranks < kept && head(ranks) < wanted) ranks++;
    kept = ranks;
  }
  const least = minP * named[0]!;
  if (other < least) kept = Math.min(kept, named.filter((weight) => weight >= least).length);
  return kept;
}

/** The `place`-th token, by id, that `next` does not name. */
function unnamedToken(next: NextToken, place: number): number {
  const names = new Set(next.map(({ token }) => token));
  let left = place;
  for (let token = 0; ; token++) {
    if (names.has(token)) continue;
    if (left-- === 0) return token;
  }
}
