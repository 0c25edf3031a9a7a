/** Over a real port, with the embedded engine: completions are written, token by token, while an iteration trains. */
import { fileURLToPath } from "node:url";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { afterEach, expect, test } from "vitest";
import { endStarted, startServiceProcess } from "../support/service-process.ts";

afterEach(endStarted);

const sampling = { maxTokens: 48 };
const overrides = {
  challenger: { steps: 6, promptsPerStep: 16, groupSize: 4, sampling },
  solver: { steps: 6, promptsPerStep: 16, groupSize: 8, sampling },
  votes: { samples: 8, sampling },
  pool: { size: 128, sampling },
  evaluation: { questions: 16, samples: 2, sampling },
};
const question = { model: "abacus", messages: [{ role: "user", content: "12+18-2+7+5" }], temperature: 0, seed: 1 };

test("a chat is streamed in pieces between the steps of an iteration, and is what it is without one", async () => {
  const { listening } = startServiceProcess({
    RZERO_MODELS_DIR: fileURLToPath(new URL("../../models", import.meta.url)),
    RZERO_THREADS: "1",
  });
  const url = await listening();
  const post = (path: string, body: object) =>
    fetch(`${url}/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 20_000 }).toBe(200);
  const whole = (await (await post("chat/completions", question)).json()) as {
    choices: [{ message: { content: string } }];
  };
  const run = (await (await post("runs", { seed: 1, overrides })).json()) as { id: string };
  const started = (await (await post("iterations", { run: run.id })).json()) as { operation: { id: string } };
  const state = async () =>
    ((await (await fetch(`${url}/v1/operations/${started.operation.id}`)).json()) as { state: string }).state;
  await expect.poll(state, { timeout: 20_000 }).toBe("running");

  const latencies: number[] = [];
  for (let asked = 0; asked < 4; asked++) {
    const before = performance.now();
    const response = await post("chat/completions", { ...question, stream: true });
    expect(response.status).toBe(200);
    const events = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    const arrivals: number[] = [];
    let text = "";
    let last = "";
    for await (const { data } of events) {
      last = data;
      if (data === "[DONE]") continue;
      const delta = JSON.parse(data).choices[0].delta.content as string | undefined;
      if (!delta) continue;
      text += delta;
      arrivals.push(performance.now());
    }
    expect(last).toBe("[DONE]");
    expect(text).toBe(whole.choices[0].message.content);
    expect(arrivals.length, "pieces").toBeGreaterThan(1);
    expect(arrivals.at(-1)!, "they come as they are written").toBeGreaterThan(arrivals[0]!);
    latencies.push(arrivals[0]! - before);
  }
  // An iteration of these settings takes seconds; whoever asks meanwhile waits for one run of the device.
  expect(await state()).toBe("running");
  expect(Math.min(...latencies)).toBeLessThan(2000);
}, 60_000);
