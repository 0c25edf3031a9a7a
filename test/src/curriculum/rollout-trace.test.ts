import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeTokenIds, decodeTrace, encodeTokenIds, encodeTrace } from "../../../src/curriculum/rollout-trace.ts";

/** Any bit pattern: NaN payloads, subnormals, -0, infinities. */
const anyFloats = fc
  .array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 40 })
  .map((bits) => new Float32Array(Uint32Array.from(bits).buffer));
const likelyLogprobs = fc
  .array(fc.oneof(fc.constantFrom(0, -0, Number.NaN, Number.NEGATIVE_INFINITY), fc.float({ min: -20, max: 0 })), {
    maxLength: 40,
  })
  .map((values) => Float32Array.from(values));
const floats = fc.oneof(anyFloats, likelyLogprobs);
const tokenIds = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 40 });
const bits = (values: Float32Array) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];

const trace = fc.oneof(
  fc.record({ tokenIds, sampledLogprobs: floats, rawLogprobs: floats }),
  // The usual cases: both the same, and both close.
  fc.record({ tokenIds, sampledLogprobs: floats }).map((t) => ({ ...t, rawLogprobs: t.sampledLogprobs.slice() })),
  fc
    .record({ tokenIds, sampledLogprobs: likelyLogprobs })
    .map((t) => ({ ...t, rawLogprobs: t.sampledLogprobs.map((value) => value * 1.001) })),
);

describe("a trace", () => {
  test("comes back bit for bit", () => {
    fc.assert(
      fc.property(trace, (given) => {
        const read = decodeTrace(encodeTrace(given));
        expect(read.tokenIds).toEqual(given.tokenIds);
        expect(bits(read.sampledLogprobs)).toEqual(bits(given.sampledLogprobs));
        expect(bits(read.rawLogprobs)).toEqual(bits(given.rawLogprobs));
      }),
      { numRuns: 500 },
    );
  });

  test("reads views into larger buffers", () => {
    const whole = Float32Array.of(9, -1, -2, 9);
    const read = decodeTrace(
      encodeTrace({ tokenIds: [1, 2], sampledLogprobs: whole.subarray(1, 3), rawLogprobs: whole.subarray(1, 3) }),
    );
    expect([...read.sampledLogprobs]).toEqual([-1, -2]);
    expect([...read.rawLogprobs]).toEqual([-1, -2]);
  });

  test("is never longer than plain numbers would be", () => {
    fc.assert(
      fc.property(trace, (given) => {
        const floatCount = given.sampledLogprobs.length + given.rawLogprobs.length;
        expect(encodeTrace(given).length).toBeLessThanOrEqual(6 + 5 * given.tokenIds.length + 4 * floatCount);
      }),
    );
  });

  test("stores equal arrays once", () => {
    const logprobs = Float32Array.from({ length: 30 }, (_, i) => -Math.sqrt(i + 0.3));
    const ids = Array.from({ length: 30 }, (_, i) => i);
    const both = encodeTrace({ tokenIds: ids, sampledLogprobs: logprobs, rawLogprobs: logprobs.slice() });
    // version, count + 30 ids, form + count + 30 floats, form + count
    expect(both.length).toBe(1 + 31 + 2 + 120 + 2);
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses token id %d", (id) => {
    const empty = new Float32Array();
    expect(() => encodeTrace({ tokenIds: [id], sampledLogprobs: empty, rawLogprobs: empty })).toThrow(
      expect.objectContaining({ code: "invalid-value" }),
    );
  });

  test("that is cut, prolonged or of another version is refused", () => {
    const blob = encodeTrace({
      tokenIds: [1, 2, 3],
      sampledLogprobs: Float32Array.of(-1.1, -2.2, -3.3),
      rawLogprobs: Float32Array.of(-4.4, -5.5, -6.6),
    });
    for (let length = 0; length < blob.length; length += 1) {
      expect(() => decodeTrace(blob.subarray(0, length))).toThrow(
        expect.objectContaining({ code: "incompatible-database" }),
      );
    }
    expect(() => decodeTrace(Buffer.concat([blob, Buffer.of(0)]))).toThrow("understood");
    expect(() => decodeTrace(Buffer.concat([Buffer.of(9), blob.subarray(1)]))).toThrow("version 9");
  });
});

test("token ids alone come back", () => {
  fc.assert(
    fc.property(tokenIds, (ids) => {
      expect(decodeTokenIds(encodeTokenIds(ids))).toEqual(ids);
    }),
  );
});
