/** Sequences of the port as the device process takes them: end to end in typed arrays. */
import { type Ragged, raggedFloats, raggedTokens } from "../../gpu/index.ts";
import { PolicyError, type TrainSequence } from "./policy.ts";

export const pack = (sequences: readonly { readonly tokenIds: readonly number[]; readonly from: number }[]) => ({
  tokens: raggedTokens(sequences.map((s) => s.tokenIds)),
  from: Int32Array.from(sequences, (s) => s.from),
});

/** Equal prompts once, whoever asks for them: the Challenger's is the same for every rollout. */
export function sharedPrompts(prompts: readonly (readonly number[])[]) {
  const indexOf = new Map<string, number>();
  const distinct: (readonly number[])[] = [];
  const rowPrompt = Int32Array.from(prompts, (tokenIds) => {
    const key = tokenIds.join();
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    indexOf.set(key, distinct.length);
    return distinct.push(tokenIds) - 1;
  });
  return { distinct, rowPrompt };
}

/** A batch has recorded log-probabilities for all of its sequences or for none. */
export function allOrNone(
  sequences: readonly TrainSequence[],
  name: "oldLogprobs" | "refLogprobs",
): Ragged<Float32Array> | null {
  const given = sequences.flatMap((s) => s[name] ?? []);
  if (given.length === 0) return null;
  if (given.length !== sequences.length)
    throw new PolicyError("invalid-request", `${given.length} of ${sequences.length} sequences have ${name}`);
  return raggedFloats(given);
}
