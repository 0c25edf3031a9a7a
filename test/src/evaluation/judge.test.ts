/** The judge over a real port: what it is sent, what its replies mean, what it is not asked twice. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { askJudge } from "../../../src/evaluation/ask-judge.ts";
import { type Judge, rememberingJudge } from "../../../src/evaluation/judge.ts";
import { openAiJudge } from "../../../src/evaluation/openai-judge.ts";
import { NOTHING_ALLOWED, readAllowList } from "../../../src/outbound/allow-list.ts";
import { createOutbound } from "../../../src/outbound/outbound.ts";
import type { GradedAnswer, JudgeOpinion } from "../../../src/records/evaluations.ts";

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: { model: string; temperature: number; messages: { role: string; content: string }[] };
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** `reply`: the content of the message, or a status. */
async function endpoint(reply: (asked: Asked, call: number) => string | number) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    asked.push({ url: request.url!, authorization: request.headers.authorization, body: JSON.parse(text) });
    const content = reply(asked.at(-1)!, asked.length);
    response.statusCode = typeof content === "number" ? content : 200;
    response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { asked, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

const { allow } = readAllowList(["127.0.0.1"]);
const judgeAt = (baseUrl: string, permitted = allow): Judge =>
  openAiJudge({
    outbound: createOutbound({ allow: permitted, userAgent: "rzero/0" }),
    baseUrl,
    model: "wise",
    apiKey: "k-secret",
    random: () => 0,
  });
const signal = new AbortController().signal;
const one = { question: "What is half of 1?", reference: "1/2", answer: "0.5" };

describe("a judge behind an OpenAI-compatible endpoint", () => {
  it("is shown question, reference and answer in their places, at temperature 0", async () => {
    const { asked, baseUrl } = await endpoint(() => "Yes.");
    expect(await judgeAt(baseUrl).judge([one], signal)).toEqual([{ equivalent: true }]);
    const [{ url, authorization, body }] = asked as [Asked];
    expect(url).toBe("/v1/chat/completions");
    expect(authorization).toBe("Bearer k-secret");
    expect(body).toMatchObject({ model: "wise", temperature: 0 });
    expect(body.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(body.messages[1]!.content).toBe(
      "<question>\nWhat is half of 1?\n</question>\n\n<reference>\n1/2\n</reference>\n\n<answer>\n0.5\n</answer>",
    );
  });

  it("keeps the order of many cases and tells failures from a no", async () => {
    const { baseUrl } = await endpoint(({ body }) => {
      const answer = /<answer>\n(.*)\n/.exec(body.messages[1]!.content)![1]!;
      return { yes: "yes", no: "**No**", maybe: "It depends", refused: 403 }[answer.split(" ")[0]!]!;
    });
    const cases = Array.from({ length: 30 }, (_, index) => ({
      ...one,
      answer: `${["yes", "no", "maybe", "refused"][index % 4]} ${index}`,
    }));
    const verdicts = await judgeAt(baseUrl).judge(cases, signal);
    verdicts.forEach((verdict, index) => {
      const expected = [{ equivalent: true }, { equivalent: false }, { error: "unreadable" }, { error: "refused" }];
      expect(verdict).toMatchObject(expected[index % 4]!);
    });
    expect(JSON.stringify(verdicts)).not.toContain("k-secret");
  });

  it("is asked again after a failure that may pass, and not when its address is refused", async () => {
    const { asked, baseUrl } = await endpoint((_, call) => (call < 3 ? 503 : "no"));
    expect(await judgeAt(baseUrl).judge([one], signal)).toEqual([{ equivalent: false }]);
    expect(asked).toHaveLength(3);
    expect(await judgeAt(baseUrl, NOTHING_ALLOWED).judge([one], signal)).toMatchObject([{ error: "refused" }]);
    expect(asked).toHaveLength(3);
  });

  it("ends with the signal", async () => {
    const { baseUrl } = await endpoint(() => 503);
    const abort = new AbortController();
    const judging = judgeAt(baseUrl).judge([one], abort.signal);
    abort.abort();
    await expect(judging).rejects.toThrow();
  });
});

describe("a judge that remembers", () => {
  it("is asked once about the same content, and again after a failure", async () => {
    const { asked, baseUrl } = await endpoint((_, call) => (call === 1 ? "perhaps" : "yes"));
    const stored = new Map<string, JudgeOpinion>();
    const memory = {
      get: (key: string) => stored.get(key) ?? null,
      put: (key: string, opinion: JudgeOpinion) => void stored.set(key, opinion),
    };
    const judge = rememberingJudge(judgeAt(baseUrl), memory);
    expect(await judge.judge([one, one], signal)).toMatchObject([{ error: "unreadable" }, { error: "unreadable" }]);
    expect(asked).toHaveLength(1);
    expect(await judge.judge([one, one, { ...one, reference: "2" }], signal)).toHaveLength(3);
    expect(asked).toHaveLength(3);
    expect(await judge.judge([one], signal)).toEqual([{ equivalent: true }]);
    expect(asked).toHaveLength(3);
    expect([...stored.keys()].every((key) => key.length === 64)).toBe(true);
  });
});

it("stands beside the rule's verdict and is not asked about a missing answer", async () => {
  const graded = (answer: string | null): GradedAnswer => ({
    text: "long text",
    answer,
    correct: false,
    how: answer && "string",
    truncated: false,
    tokens: 1,
    judge: null,
  });
  const seen: string[] = [];
  const judge: Judge = {
    name: "own",
    judge: async (cases) => cases.map(({ answer }) => ({ equivalent: seen.push(answer) === 1 })),
  };
  const [result] = await askJudge(
    judge,
    [{ question: "q", reference: "r", samples: [graded(null), graded("a")], greedy: graded("b") }],
    signal,
  );
  expect(seen).toEqual(["a", "b"]);
  expect(result!.samples.map(({ judge: verdict, correct }) => [verdict, correct])).toEqual([
    [null, false],
    [{ equivalent: true }, false],
  ]);
  expect(result!.greedy!.judge).toEqual({ equivalent: false });
});
