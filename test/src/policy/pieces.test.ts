import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeStream } from "../../../gpu/tokenizer/decode-stream.ts";
import { cutAtStop } from "../../../src/policy/cut-at-stop.ts";
import { PieceWriter } from "../../../src/policy/piece-writer.ts";
import type { Completion } from "../../../src/policy/policy.ts";
import { scanForStops } from "../../../src/policy/stop-strings.ts";

/** One token a byte, as in a byte-level tokenizer; 256 ends a turn. */
const decode = (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids.filter((id) => id < 256)));
const encode = (text: string) => [...new TextEncoder().encode(text)];
const end = 256;

describe("stop strings", () => {
  it.each<[string, string[], { certain: number; met: boolean }]>([
    ["abc", [], { certain: 3, met: false }],
    ["abc", ["x"], { certain: 3, met: false }],
    ["abx", ["xyz"], { certain: 2, met: false }],
    ["abxyz!", ["xyz"], { certain: 2, met: true }],
    ["ab", ["abc", "b"], { certain: 0, met: false }],
    ["abd", ["abc", "b"], { certain: 1, met: true }],
    ["aa", ["aab"], { certain: 0, met: false }],
    ["aaa", ["aab"], { certain: 1, met: false }],
    ["abc", [""], { certain: 3, met: false }],
  ])("in %j, looking for %j", (text, stop, expected) => {
    expect(scanForStops(text, stop)).toEqual(expected);
  });
});

/** Tells a completion in pieces cut at random, as a policy does. */
function tell(tokens: readonly number[], stop: readonly string[], cuts: readonly number[]) {
  const pieces: { text: string; tokenIds: readonly number[]; raw: number[]; finishReason: string | null }[] = [];
  const writer = new PieceWriter({
    ...{ text: new DecodeStream({ decode, speaks: () => true }), eosTokenIds: [end], stop },
    onPiece: ({ text, tokenIds, rawLogprobs, finishReason }) =>
      pieces.push({ text, tokenIds, raw: [...rawLogprobs], finishReason }),
  });
  const logprobs = tokens.map((_, t) => -t);
  const bounds = [0, ...[...cuts].sort((a, b) => a - b), tokens.length];
  for (const [i, from] of bounds.slice(0, -1).entries())
    writer.push(
      tokens.slice(from, bounds[i + 1]),
      logprobs.slice(from, bounds[i + 1]),
      logprobs.slice(from, bounds[i + 1]),
    );
  const seen = writer.tokenIds;
  const stopped = seen.at(-1) === end;
  const text = decode(seen);
  const cut = cutAtStop(text, seen, stop, decode) ?? { text, tokenIds: seen };
  const completion: Completion = {
    ...cut,
    sampledLogprobs: Float32Array.from(logprobs.slice(0, cut.tokenIds.length)),
    rawLogprobs: Float32Array.from(logprobs.slice(0, cut.tokenIds.length)),
    finishReason: stopped ? "stop" : "length",
    seed: 0,
  };
  writer.finish(completion);
  return { pieces, completion, writer };
}

describe("pieces of a completion", () => {
  it("join to what the whole text cut at its stop string is, wherever the pieces end", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", " "), maxLength: 12 });
    fc.assert(
      fc.property(
        letters,
        fc.array(letters, { maxLength: 3 }),
        fc.boolean(),
        fc.array(fc.nat(40), { maxLength: 5 }),
        (text, stop, ends, at) => {
          const tokens = [...encode(text), ...(ends ? [end] : [])];
          const { pieces, completion } = tell(
            tokens,
            stop,
            at.filter((cut) => cut < tokens.length),
          );
          const expected = cutAtStop(text, tokens, stop, decode) ?? { text, tokenIds: tokens };
          expect(completion.text).toBe(expected.text);
          expect([...completion.tokenIds]).toEqual([...expected.tokenIds]);
          expect(pieces.map((piece) => piece.text).join("")).toBe(expected.text);
          expect(pieces.flatMap((piece) => piece.tokenIds)).toEqual([...expected.tokenIds]);
          expect(pieces.flatMap((piece) => piece.raw)).toEqual([...completion.rawLogprobs]);
          expect(pieces.map((piece) => piece.finishReason !== null)).toEqual(
            pieces.map((_, i) => i === pieces.length - 1),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("tell tokens with their text, and nothing that may become a stop string", () => {
    const { pieces, writer } = tell(encode("one\n\ntwo"), ["\n\n"], [1, 2, 3, 4, 5]);
    expect(pieces.map(({ text }) => text)).toEqual(["o", "n", "e", ""]);
    expect(pieces.map(({ tokenIds }) => tokenIds.length)).toEqual([1, 1, 1, 2]);
    expect(writer.stopMet).toBe(true);
  });

  it("tell every token of a text that ends by itself", () => {
    const { pieces } = tell([...encode("a€"), end], [], [1, 2, 3]);
    expect(pieces.map(({ text }) => text)).toEqual(["a", "€", ""]);
    expect(pieces.map(({ tokenIds }) => tokenIds.length)).toEqual([1, 4, 0]);
  });
});
