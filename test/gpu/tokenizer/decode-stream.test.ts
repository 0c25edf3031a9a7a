import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { DecodeStream } from "../../../gpu/tokenizer/decode-stream.ts";
import { openTokenizer, type Tokenizer } from "../../../gpu/tokenizer/tokenizer.ts";

const folder = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

describe.each([
  ["Qwen's kind", folder("test/golden/tokenizer/qwen")],
  ["Llama 3's kind", folder("test/golden/tokenizer/llama3")],
  ["abacus", folder("models/abacus")],
])("a stream of a tokenizer of %s", (_name, directory) => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await openTokenizer(directory);
  });

  /** Pieces as they come, the rest after the last token included. */
  const pieces = (ids: readonly number[], skipSpecial: boolean) => {
    const stream = tokenizer.decodeStream({ skipSpecial });
    return [...ids.map((id) => stream.push(id)), stream.flush()];
  };
  /** Any ids at all, some beyond the vocabulary: halves of characters, special tokens inside them. */
  const anyIds = () => fc.array(fc.nat(tokenizer.vocabularySize + 20), { maxLength: 40 });

  it("adds up to the decoded whole, for any tokens", () => {
    fc.assert(
      fc.property(anyIds(), fc.boolean(), (ids, skipSpecial) => {
        expect(pieces(ids, skipSpecial).join("")).toBe(tokenizer.decode(ids, { skipSpecial }));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives out only what every longer text begins with", () => {
    fc.assert(
      fc.property(anyIds(), anyIds(), (ids, later) => {
        const stream = tokenizer.decodeStream();
        const final = stream.push(...ids);
        expect(tokenizer.decode([...ids, ...later]).startsWith(final)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("never shows a part of a character", () => {
    const anyCharacter = fc
      .integer({ min: 1, max: 0x10ffff })
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code));
    const texts = fc.array(fc.oneof(anyCharacter, fc.constantFrom("你好", "👨‍👩‍👧", "é", "𝕏", "नमस्ते")), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join("").replaceAll("\ufffd", "");
        const given = pieces(tokenizer.encode(text), false);
        expect(given.join("")).not.toContain("\ufffd");
        for (const piece of given) expect(piece).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a stream", () => {
  it("decodes five tokens at most for each new one, even if no character is ever complete", async () => {
    const tokenizer = await openTokenizer(folder("test/golden/tokenizer/qwen"));
    let longest = 0;
    const stream = new DecodeStream({
      decode: (ids) => {
        longest = Math.max(longest, ids.length);
        return tokenizer.decode(ids);
      },
      speaks: () => true,
    });
    const [first] = tokenizer.encode("\u{1f680}"); // of four bytes
    const given = Array.from({ length: 300 }, () => stream.push(first!).length);
    expect(given.slice(0, 3)).toEqual([0, 1, 1]);
    expect(given.reduce((a, b) => a + b, 0)).toBe(299);
    expect(stream.flush()).toBe("\ufffd");
    expect(longest).toBe(5);
  });

  it("says whether it holds something, and gives out what is no character once something follows it", () => {
    const decode = (bytes: readonly number[]) => new TextDecoder().decode(Uint8Array.from(bytes));
    const stream = new DecodeStream({ decode, speaks: () => true });
    const pieces = [0x61, 0xff, 0xfe, 0x62, 0xe2, 0x82, 0xac].map((byte) => [stream.push(byte), stream.whole]);
    expect(pieces).toEqual([
      ["a", true],
      ["", false],
      ["\ufffd", false],
      ["\ufffdb", true],
      ["", false],
      ["", false],
      ["€", true],
    ]);
  });

  it("tells a token apart whose text depends on being first", () => {
    const words = ["▁Hello", "▁world", "!"];
    const decode = (ids: readonly number[]) =>
      ids
        .map((id) => words[id])
        .join("")
        .replaceAll("▁", " ")
        .trimStart();
    const stream = new DecodeStream({ decode, speaks: () => true });
    expect([0, 1, 2].map((id) => stream.push(id))).toEqual(["Hello", " world", "!"]);
  });

  it("starts anew after a flush", async () => {
    const tokenizer = await openTokenizer(folder("test/golden/tokenizer/qwen"));
    const stream = tokenizer.decodeStream();
    const ids = tokenizer.encode("\u{1f680}");
    expect(ids.length).toBeGreaterThan(1);
    expect(stream.push(...ids.slice(0, -1))).toBe("");
    expect(stream.flush()).toBe("\ufffd");
    expect(stream.push(...ids)).toBe("\u{1f680}");
    expect(stream.flush()).toBe("");
  });
});
