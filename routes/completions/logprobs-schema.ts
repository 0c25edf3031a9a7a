/** Log-probabilities in OpenAI's two shapes. All of them are of the RAW distribution: temperature 1, nothing cut. */
import { z } from "@hono/zod-openapi";
import type { CompletionTokenLogprob } from "../../src/training/services.ts";

export const TextLogprobsSchema = z
  .object({
    tokens: z.array(z.string()),
    token_logprobs: z.array(z.number().nullable()).openapi({
      description: "Of the RAW distribution; null for the first token of an echoed prompt, which has no predecessor.",
    }),
    top_logprobs: z.array(z.record(z.string(), z.number()).nullable()).openapi({
      description: "Of the RAW distribution, by token text. Holds the written token with the very same number.",
    }),
    text_offset: z.array(z.number().int()),
  })
  .openapi("TextLogprobs", {
    example: {
      tokens: ["3", "0"],
      token_logprobs: [-0.11, -0.05],
      top_logprobs: [{ "3": -0.11 }, { "0": -0.05 }],
      text_offset: [0, 1],
    },
  });

const exampleTop = { token: "3", logprob: -0.11, bytes: [51] };

const top = {
  token: z.string(),
  logprob: z.number().openapi({ description: "Of the RAW distribution." }),
  bytes: z.array(z.number().int()).nullable(),
};

export const TopLogprobSchema = z.object(top).openapi("TopLogprob", { example: exampleTop });

export const ChatLogprobsSchema = z
  .object({
    content: z.array(
      z
        .object({ ...top, top_logprobs: z.array(TopLogprobSchema) })
        .openapi("ChatTokenLogprob", { example: { ...exampleTop, top_logprobs: [exampleTop] } }),
    ),
    refusal: z.null(),
  })
  .openapi("ChatLogprobs", { example: { content: [{ ...exampleTop, top_logprobs: [exampleTop] }], refusal: null } });

/**
 * Evaluators call a token greedy when its logprob equals the largest of top_logprobs exactly, so the written token is
 * always in its own table, as the identical number. Tokens that decode to the same text share a key: the likelier stays.
 */
function topTable(entry: CompletionTokenLogprob): Record<string, number> | null {
  if (entry.logprob === null) return null;
  const table = new Map<string, number>();
  for (const { token, logprob } of entry.top) {
    table.set(token, Math.max(table.get(token) ?? Number.NEGATIVE_INFINITY, logprob));
  }
  if (!table.has(entry.token)) table.set(entry.token, entry.logprob);
  return Object.fromEntries(table);
}

/** `from`: characters of the choice before these tokens. */
export function completionLogprobs(
  entries: readonly CompletionTokenLogprob[],
  from = 0,
): z.infer<typeof TextLogprobsSchema> {
  const offsets: number[] = [];
  let offset = from;
  for (const { token } of entries) {
    offsets.push(offset);
    offset += token.length;
  }
  return {
    tokens: entries.map(({ token }) => token),
    token_logprobs: entries.map(({ logprob }) => logprob),
    top_logprobs: entries.map(topTable),
    text_offset: offsets,
  };
}

function bytesOf(token: string): number[] {
  return [...new TextEncoder().encode(token)];
}

export function chatLogprobs(entries: readonly CompletionTokenLogprob[]): z.infer<typeof ChatLogprobsSchema> {
  const content = entries.flatMap(({ token, logprob, top }) => {
    // Only the first token of an echoed prompt has none, and chat never echoes.
    if (logprob === null) return [];
    const top_logprobs = top.map((item) => ({ token: item.token, logprob: item.logprob, bytes: bytesOf(item.token) }));
    return [{ token, logprob, bytes: bytesOf(token), top_logprobs }];
  });
  return { content, refusal: null };
}
