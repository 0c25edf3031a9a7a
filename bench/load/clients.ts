/** The three kinds of clients. Each goes on until the signal; what fails is tallied, and the client goes on. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import { ask, bodyOf, ownConnection } from "./http-client.ts";
import type { Tally } from "./tally.ts";

/** Milliseconds that are waited for answers when the time is over; what comes later has not come. */
const GRACE = 10_000;
/** Milliseconds between the GETs of one reader. */
export const READ_EVERY = 200;
/** A follower hangs up after this and comes back with Last-Event-ID, as a browser on a bad network does. */
const FOLLOW_FOR = 5000;
/** Between the end of an answer and the next prompt. */
const THINK_FOR = 250;
const MAX_TOKENS = 24;

/**
 * An open loop: a GET is due at its time whether or not the one before was answered, and its time counts from when it was due,
 * so a stall is seen by everything it would have hit.
 */
export async function read(paths: readonly string[], origin: string, offset: number, tally: Tally, end: AbortSignal) {
  const start = performance.now() + ((offset * READ_EVERY) % READ_EVERY);
  const open = new Set<Promise<void>>();
  const agent = ownConnection();
  const tooLate = new AbortController();
  setMaxListeners(0, tooLate.signal);
  for (let i = 0; !end.aborted; i++) {
    const due = start + i * READ_EVERY;
    await sleep(Math.max(0, due - performance.now()));
    const path = paths[(i + Math.floor(offset * paths.length)) % paths.length]!;
    const what = `GET ${path.replace(/(run|op|iter)_\w+/g, "{$1}")}`;
    const answer = ask(origin + path, { agent, signal: tooLate.signal })
      .then(bodyOf)
      .then(() => tally.took(what, performance.now() - due))
      .catch((error: unknown) => tally.failed(what, error))
      .finally(() => open.delete(answer));
    open.add(answer);
  }
  const patience = setTimeout(() => tooLate.abort(new Error("not answered")), GRACE);
  await Promise.all(open);
  clearTimeout(patience);
  agent.destroy();
}

/** Follows an operation; an event that is missing, or comes twice, is an error. */
export async function follow(path: string, origin: string, tally: Tally, end: AbortSignal) {
  let last = 0;
  let type = "";
  while (!end.aborted) {
    const hangUp = AbortSignal.any([end, AbortSignal.timeout(FOLLOW_FOR)]);
    try {
      const began = performance.now();
      const headers = { accept: "text/event-stream", ...(last > 0 ? { "last-event-id": String(last) } : {}) };
      const answer = await ask(origin + path, { headers, signal: hangUp });
      if (answer.statusCode !== 200) await bodyOf(answer);
      tally.took("SSE connected", performance.now() - began);
      const parser = createParser({
        onEvent: ({ id, event = "" }) => {
          type = event;
          if (Number(id) !== last + 1) tally.failed("SSE", new Error(`event ${id} after ${last}`));
          last = Number(id);
          tally.took("SSE event", 0);
        },
      });
      for await (const piece of answer.setEncoding("utf8")) parser.feed(piece as string);
      // The server has ended it: the operation is over, and the last event says so.
      if (!/^operation\.(completed|failed|cancelled)$/.test(type))
        tally.failed("SSE", new Error(`${type} was the last`));
      return;
    } catch (error) {
      if (!hangUp.aborted) tally.failed("SSE", error);
    }
  }
}

/** Asks for completions, every other one streamed. */
export async function write(model: string, origin: string, number: number, tally: Tally, end: AbortSignal) {
  const agent = ownConnection();
  for (let i = number; !end.aborted; i++) {
    const stream = i % 2 === 0;
    const what = stream ? "completion, streamed" : "completion";
    const began = performance.now();
    try {
      const messages = [{ role: "user", content: `${i % 90}+${(7 * i) % 90}` }];
      const body = { model, messages, max_tokens: MAX_TOKENS, seed: i, stream };
      const text = await bodyOf(
        await ask(`${origin}/v1/chat/completions`, { method: "POST", body, agent, signal: end }),
      );
      if (stream && !text.trimEnd().endsWith("[DONE]")) throw new Error(`a stream ended with ${text.slice(-200)}`);
      tally.took(what, performance.now() - began);
    } catch (error) {
      if (!end.aborted) tally.failed(what, error);
    }
    await sleep(THINK_FOR);
  }
  agent.destroy();
}
