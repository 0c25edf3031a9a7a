/** What is measured of a batch of completions, whoever wrote them. */
import type { Completion } from "../policy/policy.ts";
import type { StepMetrics } from "../records/records.ts";
import { mean } from "../rzero/metrics.ts";

export function completionMetrics(
  completions: readonly Completion[],
  sampled: { readonly tokens: number; readonly seconds: number },
): Pick<StepMetrics, "meanTokens" | "truncatedFraction" | "sampledTokensPerSecond"> {
  return {
    meanTokens: mean(completions.map(({ tokenIds }) => tokenIds.length)),
    truncatedFraction: mean(completions.map(({ finishReason }) => (finishReason === "length" ? 1 : 0))),
    sampledTokensPerSecond: sampled.seconds > 0 ? sampled.tokens / sampled.seconds : 0,
  };
}

/** Mean of each named part over a batch. */
export function meanParts(parts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(parts.flatMap((part) => Object.keys(part)))];
  return Object.fromEntries(names.map((name) => [name, mean(parts.map((part) => part[name] ?? 0))]));
}
