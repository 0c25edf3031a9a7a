import { describe, expect, it } from "vitest";
import type { CompletionPiece } from "../../../src/policy/policy.ts";
import { Channel } from "../../../src/training/channel.ts";
import { PieceReplay } from "../../../src/training/piece-replay.ts";

const piece = (text: string, first: number, finishReason: CompletionPiece["finishReason"] = null): CompletionPiece => ({
  prompt: 0,
  sample: 0,
  text,
  tokenIds: [...text].map((_, i) => first + i),
  sampledLogprobs: Float32Array.from(text, (_, i) => first + i),
  rawLogprobs: Float32Array.from(text, (_, i) => -first - i),
  finishReason,
});

describe("pieces of a call that is repeated", () => {
  it("are told once, wherever the second attempt cuts them", () => {
    const told: CompletionPiece[] = [];
    const replay = new PieceReplay((each) => told.push(each));
    replay.restart();
    replay.tell(piece("abc", 0));
    replay.tell(piece("de", 3));
    replay.restart();
    replay.tell(piece("ab", 0));
    replay.tell(piece("cdefg", 2));
    replay.tell({ ...piece("other", 0, "length"), sample: 1 });
    replay.tell(piece("", 7, "stop"));
    expect(told.map(({ text, finishReason }) => [text, finishReason])).toEqual([
      ["abc", null],
      ["de", null],
      ["fg", null],
      ["other", "length"],
      ["", "stop"],
    ]);
    const own = told.filter(({ sample }) => sample === 0);
    expect(own.flatMap(({ tokenIds }) => tokenIds)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(own.flatMap(({ rawLogprobs }) => [...rawLogprobs])).toEqual([-0, -1, -2, -3, -4, -5, -6]);
  });
});

describe("a channel", () => {
  it("gives what was pushed, in order, then the end or the error", async () => {
    const channel = new Channel<number>();
    channel.push(1);
    const read = (async () => {
      const seen: number[] = [];
      try {
        for await (const value of channel) seen.push(value);
      } catch (error) {
        return [...seen, error];
      }
      return [...seen, "end"];
    })();
    await new Promise((resolve) => setImmediate(resolve));
    channel.push(2);
    channel.push(3);
    channel.fail("broken");
    channel.end();
    expect(await read).toEqual([1, 2, 3, "broken"]);
    const ended = new Channel<number>();
    ended.push(4);
    ended.end();
    const all: number[] = [];
    for await (const value of ended) all.push(value);
    expect(all).toEqual([4]);
  });
});
