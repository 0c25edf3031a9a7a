import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CompletionRequest } from "../../../src/training/services.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

const request: CompletionRequest = {
  model: "toy",
  prompts: ["user: 12+3\n"],
  maxTokens: 40,
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  n: 1,
  seed: 5,
  stop: [],
  logprobs: null,
  echo: false,
};

describe("completions", () => {
  let tested: ServicesUnderTest;
  beforeAll(async () => {
    tested = await startServices();
  });
  afterAll(() => tested.remove());
  const complete = (change: Partial<CompletionRequest> = {}) =>
    tested.services.completions.complete({ ...request, ...change });

  test("index is prompt * n + sample, and a seed repeats exactly", async () => {
    const prompts = ["user: 12+3\n", "user: 4+5\n"];
    const result = await complete({ prompts, n: 3 });
    expect(result.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(result.weights).toBe(tested.policy.model.baseWeights);
    expect((await complete({ prompts, n: 3 })).choices).toEqual(result.choices);
    expect(result.promptTokens).toBe(prompts.join("").length);
    expect(result.completionTokens).toBe(result.choices.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0));
  });

  test("without a seed they vary", async () => {
    // The likeliest text has probability 0.82: 0.82^200 is 1e-17.
    const texts = await Promise.all(
      Array.from({ length: 200 }, async () => (await complete({ seed: null })).choices[0]!.text),
    );
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  test("text and token ids of a prompt are the same prompt", async () => {
    const tokenIds = tested.policy.tokenizer.encode(request.prompts[0] as string);
    expect((await complete({ prompts: [tokenIds] })).choices).toEqual((await complete()).choices);
  });

  test("a chat is rendered and completed", async () => {
    const { prompts, echo, ...rest } = request;
    const chat = await tested.services.completions.chat({ ...rest, messages: [{ role: "user", content: "12+3" }] });
    expect([prompts.length, echo]).toEqual([1, false]);
    expect(chat.choices).toEqual((await complete()).choices);
  });

  test.each([
    ["whole choices, where they are scored", 1],
    ["as they are written, where they are not", null],
  ])("the pieces of a stream, joined, are the choices: %s", async (_, logprobs) => {
    const asked = { ...request, prompts: ["user: 12+3\n", "user: 4+5\n"], n: 2, logprobs, echo: true };
    const whole = await tested.services.completions.complete(asked);
    const stream = await tested.services.completions.stream(asked);
    expect([stream.model, stream.weights, stream.promptTokens]).toEqual([
      whole.model,
      whole.weights,
      whole.promptTokens,
    ]);
    const joined = whole.choices.map(() => ({
      text: "",
      tokenIds: [] as number[],
      logprobs: logprobs === null ? null : ([] as unknown[]),
      ends: [] as unknown[],
    }));
    let newTokens = 0;
    for await (const piece of stream.pieces) {
      const choice = joined[piece.index]!;
      choice.text += piece.text;
      choice.tokenIds.push(...piece.tokenIds);
      choice.logprobs?.push(...piece.logprobs!);
      choice.ends.push(piece.finishReason);
      newTokens += piece.newTokens;
    }
    joined.forEach(({ ends, ...choice }, index) => {
      const { text, tokenIds, logprobs, finishReason } = whole.choices[index]!;
      expect(choice).toEqual({ text, tokenIds, logprobs });
      expect(ends).toEqual([...ends.slice(0, -1).map(() => null), finishReason]);
      expect(ends.length > 1).toBe(logprobs === null);
    });
    expect(newTokens).toBe(whole.completionTokens);
  });

  test("who stops reading a stream ends the writing and lets go of the weights", async () => {
    const { pieces } = await tested.services.completions.stream({ ...request, n: 200, stop: ["never"] });
    let ended: unknown = null;
    const generate = tested.policy.generate.bind(tested.policy);
    tested.policy.generate = (asked) => {
      const result = generate(asked);
      result.catch((error: unknown) => {
        ended = error;
      });
      return result;
    };
    for await (const piece of pieces) {
      expect(piece.index).toBe(0);
      break;
    }
    tested.policy.generate = generate;
    await expect.poll(() => ended).toMatchObject({ code: "cancelled" });
  });

  test("a stream that is too long fails before its first piece, an aborted one at it", async () => {
    const { completions } = tested.services;
    await expect(completions.stream({ ...request, maxTokens: 250 })).rejects.toMatchObject({
      code: "context-length-exceeded",
    });
    const { pieces } = await completions.stream({ ...request, signal: AbortSignal.abort() });
    await expect(pieces[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "cancelled" });
  });

  test("log-probabilities are of the raw distribution, with rivals, best first", async () => {
    const [choice] = (await complete({ logprobs: 2, temperature: 0.5 })).choices;
    const { logprobs } = await tested.policy.logprobs({
      weights: tested.policy.model.baseWeights,
      sequences: [
        {
          tokenIds: [...tested.policy.tokenizer.encode(request.prompts[0] as string), ...choice!.tokenIds],
          from: (request.prompts[0] as string).length,
        },
      ],
    });
    expect(choice!.logprobs!.map(({ logprob }) => logprob)).toEqual([...logprobs[0]!]);
    expect(choice!.logprobs!.map(({ tokenId }) => tokenId)).toEqual(choice!.tokenIds);
    expect(choice!.logprobs!.some(({ top }) => top.length === 2)).toBe(true);
    for (const { top } of choice!.logprobs!)
      expect(top.map((each) => each.logprob)).toEqual(top.map((each) => each.logprob).sort((a, b) => b - a));
  });

  test("an echoed prompt is scored without writing anything, its first token excepted", async () => {
    const result = await complete({ echo: true, maxTokens: 0, logprobs: 0 });
    const [choice] = result.choices;
    expect(choice!.text).toBe(request.prompts[0]);
    expect(choice!.logprobs![0]!.logprob).toBeNull();
    expect(choice!.logprobs!.slice(1).every(({ logprob }) => logprob !== null && logprob <= 0)).toBe(true);
    expect(choice!.logprobs!.map(({ token }) => token).join("")).toBe(request.prompts[0]);
    expect(result.completionTokens).toBe(0);
  });

  test.each([
    ["an unknown model", { model: "gpt-9" }, "not-found"],
    ["an empty prompt", { prompts: [""] }, "invalid-value"],
    ["a token outside the vocabulary", { prompts: [[1, 99_999]] }, "invalid-value"],
    ["too many tokens", { maxTokens: 250 }, "context-length-exceeded"],
  ] as const)("%s is refused", async (_, change, code) => {
    await expect(complete(change as Partial<CompletionRequest>)).rejects.toMatchObject({ name: "ServiceError", code });
  });

  test("an aborted request ends", async () => {
    await expect(complete({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
  });

  test("are served while an iteration works, from the run's policies and from checkpoints that must be loaded", async () => {
    const { services } = tested;
    const run = await services.runs.create({ seed: 1, overrides: smallRun });
    const { operation, iterations } = await services.iterations.start({ run: run.id, count: 2 });
    expect((await complete({ model: `${run.id}/solver` })).weights).toBe(tested.policy.model.baseWeights);
    expect(services.operations.get(operation.id).finishedAt).toBeNull();
    expect((await tested.ended(operation)).state).toBe("completed");
    const { solverTo, challengerTo } = services.iterations.get(iterations[0]!.id);
    for (const id of [solverTo!, challengerTo!]) {
      const { digest } = services.checkpoints.get(id);
      await tested.policy.release(digest as `sha256:${string}`);
      expect((await complete({ model: id })).weights).toBe(digest);
    }
    const ids = services.models.list().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["toy", `${run.id}/solver`, `${run.id}/challenger`, solverTo!]));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
