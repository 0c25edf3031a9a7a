import { describe, expect, it } from "vitest";
import { framesOf } from "../support/contract.ts";
import { testEdge } from "../support/edge.ts";

const path = "/v1/completions";
const sse = { accept: "text/event-stream" };
const chunksOf = (text: string) => framesOf(text).map(({ data }) => (data === "[DONE]" ? data : JSON.parse(data)));

describe("models", () => {
  it("are listed in OpenAI's shape", async () => {
    const { send } = testEdge();
    await send("POST", "/v1/runs");
    const { body } = await send("GET", "/v1/models");
    expect(body.object).toBe("list");
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([
      "abacus",
      "run_000001/challenger",
      "run_000001/solver",
    ]);
    expect(body.data[0]).toMatchObject({ object: "model", owned_by: "rzero", max_model_len: 64 });
  });

  it.each(["run_000001/solver", "run_000001%2Fsolver", "abacus"])("are found as %s", async (id) => {
    const { send } = testEdge();
    await send("POST", "/v1/runs");
    const { status, body } = await send("GET", `/v1/models/${id}`);
    expect([status, body.id]).toEqual([200, decodeURIComponent(id)]);
  });

  it("answer errors in OpenAI's shape", async () => {
    const { status, body } = await testEdge().send("GET", "/v1/models/none/at/all");
    expect(status).toBe(404);
    expect(body.error).toEqual({
      message: "There is no model none/at/all.",
      type: "invalid_request_error",
      param: "model",
      code: "not_found",
    });
  });
});

describe("completions", () => {
  it("complete one prompt with OpenAI's defaults", async () => {
    const { status, body } = await testEdge().send("POST", path, {
      model: "abacus",
      prompt: "abcdefghijklmnopqrstuvwxyz",
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: "text_completion",
      model: "abacus",
      choices: [{ index: 0, text: "zyxwvutsrqponmlk", finish_reason: "length", logprobs: null }],
      usage: { prompt_tokens: 26, completion_tokens: 16, total_tokens: 42 },
    });
    expect(body.id).toMatch(/^cmpl-/);
    expect(body.weights).toMatch(/^sha256:/);
  });

  it.each([
    ["a string", "ab", ["ba"]],
    ["token ids", [97, 98], ["ba"]],
    ["strings", ["ab", "cd"], ["ba", "dc"]],
    ["lists of token ids", [[97, 98], [99]], ["ba", "c"]],
  ])("take %s", async (_, prompt, texts) => {
    const { body } = await testEdge().send("POST", path, { model: "abacus", prompt });
    expect(body.choices.map(({ text }: { text: string }) => text)).toEqual(texts);
  });

  it("number choices over prompts and samples", async () => {
    const { body } = await testEdge().send("POST", path, { model: "abacus", prompt: ["ab", "cd"], n: 2 });
    expect(body.choices.map(({ index, text }: { index: number; text: string }) => [index, text])).toEqual([
      [0, "ba"],
      [1, "ba"],
      [2, "dc"],
      [3, "dc"],
    ]);
  });

  it("answer what an evaluator's loglikelihood reads: echo, and the very same number in both tables", async () => {
    const request = {
      model: "abacus",
      prompt: [[97, 98, 99]],
      temperature: 0,
      max_tokens: 1,
      logprobs: 1,
      seed: 1234,
      echo: true,
    };
    const { body } = await testEdge().send("POST", path, request);
    const { tokens, token_logprobs, top_logprobs, text_offset } = body.choices[0].logprobs;
    expect(tokens).toEqual(["a", "b", "c", "c"]);
    expect(token_logprobs).toEqual([null, -0.25, -0.375, -0.5]);
    expect(top_logprobs).toEqual([null, { b: -0.25 }, { c: -0.375 }, { c: -0.5 }]);
    expect(text_offset).toEqual([0, 1, 2, 3]);
  });

  it("put the written token into its table even when no other was asked for", async () => {
    const { body } = await testEdge().send("POST", path, { model: "abacus", prompt: "ab", logprobs: 0 });
    expect(body.choices[0].logprobs.top_logprobs).toEqual([{ b: -0.125 }, { a: -0.25 }]);
  });

  it("stop where told, with a string or several", async () => {
    const { send } = testEdge();
    for (const stop of ["b", ["x", "b"]]) {
      const { body } = await send("POST", path, { model: "abacus", prompt: "abcd", stop });
      expect(body.choices[0]).toMatchObject({ text: "dc", finish_reason: "stop" });
    }
  });

  it("take null for every optional field, as OpenAI's clients send it", async () => {
    const empty = { temperature: null, top_p: null, n: null, stop: null, seed: null, logprobs: null, stream: null };
    const { status } = await testEdge().send("POST", path, {
      model: "abacus",
      prompt: "ab",
      ...empty,
      stream_options: null,
      frequency_penalty: 0,
      presence_penalty: null,
    });
    expect(status).toBe(200);
  });

  it("refuse by name what they do not support", async () => {
    const { send } = testEdge();
    const unknown = await send("POST", path, { model: "abacus", prompt: "ab", best_of: 2 });
    expect(unknown.status).toBe(400);
    expect(unknown.body.error).toMatchObject({ param: "best_of", type: "invalid_request_error" });
    const penalty = await send("POST", path, { model: "abacus", prompt: "ab", frequency_penalty: 0.5 });
    expect(penalty.body.error).toMatchObject({
      param: "frequency_penalty",
      message: expect.stringContaining("Only 0"),
    });
    const prompt = await send("POST", path, { model: "abacus", prompt: [1, "a"] });
    expect(prompt.body.error).toMatchObject({ param: "prompt", message: expect.stringContaining("token ids") });
  });

  it("say with numbers that a prompt is too long, in the code evaluators know", async () => {
    const { status, body } = await testEdge().send("POST", path, { model: "abacus", prompt: "x".repeat(60) });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: "context_length_exceeded", param: "prompt" });
    expect(body.error.message).toMatch(/60.*16.*64/);
  });

  it("answer the failures of the engine in OpenAI's shape", async () => {
    const { send } = testEdge();
    const crash = await send("POST", path, { model: "abacus", prompt: "crash" });
    expect([crash.status, crash.body.error.type, crash.headers.get("retry-after")]).toEqual([503, "server_error", "5"]);
    expect((await send("POST", path, { model: "abacus", prompt: "queue" })).status).toBe(429);
    expect((await send("POST", path, { model: "abacus", prompt: "stop it" })).status).toBe(409);
    expect((await send("PUT", path)).body.error.code).toBe("method_not_allowed");
  });

  it("stream chunks that end with [DONE]", async () => {
    const { send } = testEdge();
    const request = { model: "abacus", prompt: "ab", n: 2, stream: true };
    const plain = await send("POST", path, request, sse);
    expect(plain.headers.get("content-type")).toBe("text/event-stream");
    const chunks = chunksOf(plain.text);
    expect(chunks.at(-1)).toBe("[DONE]");
    const pieces = chunks.slice(0, -1).map(({ choices }) => choices[0]);
    expect(pieces.map(({ index, text, finish_reason }) => [index, text, finish_reason])).toEqual([
      [0, "b", null],
      [0, "a", "stop"],
      [1, "b", null],
      [1, "a", "stop"],
    ]);
    const counted = chunksOf(
      (await send("POST", path, { ...request, stream_options: { include_usage: true } }, sse)).text,
    );
    expect(counted.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: 6 } });
  });

  it("stream log-probabilities whose offsets go on", async () => {
    const request = { model: "abacus", prompt: "ab", logprobs: 1, stream: true };
    const { text } = await testEdge().send("POST", path, request, sse);
    const offsets = chunksOf(text)
      .slice(0, -1)
      .map(({ choices }) => choices[0].logprobs.text_offset);
    expect(offsets).toEqual([[0], [1]]);
  });

  it("say in place of [DONE] that a stream broke", async () => {
    const { status, text } = await testEdge().send(
      "POST",
      path,
      { model: "abacus", prompt: "break", stream: true },
      sse,
    );
    expect(status).toBe(200);
    const [piece, failure, ...rest] = chunksOf(text);
    expect(piece.choices[0].text).toBe("k");
    expect(failure).toEqual({
      error: { message: "It broke.", type: "server_error", param: null, code: "engine_crashed" },
    });
    expect(rest).toEqual([]);
  });

  it("answer a failed stream with a status, not with a broken stream", async () => {
    const { status } = await testEdge().send("POST", path, { model: "abacus", prompt: "crash", stream: true }, sse);
    expect(status).toBe(503);
  });
});

describe("chat completions", () => {
  const chat = "/v1/chat/completions";
  const messages = [{ role: "user", content: "ab" }];

  it("answer messages", async () => {
    const { body } = await testEdge().send("POST", chat, { model: "abacus", messages });
    expect(body).toMatchObject({
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "ba" }, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 },
    });
  });

  it("join parts of text, and report log-probabilities with bytes", async () => {
    const parts = [
      { type: "text", text: "a" },
      { type: "text", text: "é" },
    ];
    const { body } = await testEdge().send("POST", chat, {
      model: "abacus",
      messages: [{ role: "user", content: parts }],
      logprobs: true,
      top_logprobs: 2,
    });
    const { content } = body.choices[0].logprobs;
    expect(content[0]).toMatchObject({ token: "é", logprob: -0.125, bytes: [195, 169] });
    expect(content[0].top_logprobs.map(({ token }: { token: string }) => token)).toEqual(["é", "?"]);
    const alone = await testEdge().send("POST", chat, { model: "abacus", messages, top_logprobs: 2 });
    expect(alone.body.error).toMatchObject({ param: "top_logprobs" });
  });

  it("write at most half of the model's length unless told", async () => {
    const { send } = testEdge();
    const long = [{ role: "user", content: "x".repeat(33) }];
    expect((await send("POST", chat, { model: "abacus", messages: long })).body.error.message).toContain(
      "32 are to be written",
    );
    const told = { model: "abacus", messages: long, max_tokens: 30, max_completion_tokens: 2 };
    expect((await send("POST", chat, told)).body.choices[0].message.content).toBe("xx");
  });

  it("refuse tools by name, and a model nobody has", async () => {
    const { send } = testEdge();
    expect((await send("POST", chat, { model: "abacus", messages, tools: [] })).body.error.param).toBe("tools");
    const { status, body } = await send("POST", chat, { model: "gpt", messages });
    expect([status, body.error.param]).toEqual([404, "model"]);
  });

  it("stream the text, then why it ended", async () => {
    const request = { model: "abacus", messages, stream: true, stream_options: { include_usage: true } };
    const { text } = await testEdge().send("POST", chat, request, sse);
    const chunks = chunksOf(text);
    expect(chunks).toHaveLength(5);
    expect(chunks[0].choices[0]).toEqual({
      index: 0,
      delta: { role: "assistant", content: "b" },
      logprobs: null,
      finish_reason: null,
    });
    expect(chunks[1].choices[0].delta).toEqual({ content: "a" });
    expect(chunks[2].choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
    expect(chunks[3].usage.total_tokens).toBe(4);
    expect(chunks[4]).toBe("[DONE]");
  });
});

describe("tokenizing, in vLLM's shapes", () => {
  it("turns a prompt into ids, with what the model adds unless told", async () => {
    const { send } = testEdge();
    const { body } = await send("POST", "/tokenize", { model: "abacus", prompt: "ab" });
    expect(body).toEqual({ count: 3, max_model_len: 64, tokens: [94, 97, 98], token_strs: null });
    const bare = await send("POST", "/tokenize", { prompt: "ab", add_special_tokens: false, return_token_strs: true });
    expect(bare.body).toEqual({ count: 2, max_model_len: 64, tokens: [97, 98], token_strs: ["a", "b"] });
  });

  it("renders a chat first", async () => {
    const { body } = await testEdge().send("POST", "/tokenize", { messages: [{ role: "user", content: "ab" }] });
    expect(body.tokens).toEqual([97, 98]);
  });

  it("turns ids back", async () => {
    const { send } = testEdge();
    expect((await send("POST", "/detokenize", { tokens: [97, 98] })).body).toEqual({ prompt: "ab" });
    const unknown = await send("POST", "/detokenize", { tokens: [70_000] });
    expect([unknown.status, unknown.body.error.param]).toEqual([422, "tokens"]);
  });

  it("refuses neither and both, and a model nobody has", async () => {
    const { send } = testEdge();
    const messages = [{ role: "user", content: "ab" }];
    for (const body of [{}, { prompt: "ab", messages }]) {
      const refused = await send("POST", "/tokenize", body);
      expect([refused.status, refused.body.error.message]).toEqual([400, "prompt: Give either prompt or messages."]);
    }
    expect((await send("POST", "/tokenize", { prompt: "ab", model: "gpt" })).body.error.code).toBe("not_found");
  });

  it("describes the tokenizer", async () => {
    const { body } = await testEdge().send("GET", "/tokenizer_info");
    expect(body).toMatchObject({ tokenizer_class: "Characters", bos_token: "^", model_max_length: 64 });
  });
});
