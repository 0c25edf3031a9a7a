import { describe, expect, it } from "vitest";
import { cutAtStop } from "../../../src/policy/cut-at-stop.ts";

const decode = (ids: readonly number[]) => String.fromCodePoint(...ids);
const encode = (text: string) => [...text].map((c) => c.codePointAt(0)!);
const cut = (text: string, ...stop: string[]) => cutAtStop(text, encode(text), stop, decode);

describe("cutAtStop", () => {
  it("cuts before the earliest stop string and keeps the tokens that contain it", () => {
    expect(cut("one, two; three", ";", ",")).toEqual({ text: "one", tokenIds: encode("one,") });
  });
  it("prefers the shorter of two that begin together", () => {
    expect(cut("abcd", "bc", "b")).toEqual({ text: "a", tokenIds: encode("ab") });
  });
  it("finds nothing in nothing, and ignores empty strings", () => {
    expect(cut("abc", "x", "")).toBeNull();
    expect(cut("abc")).toBeNull();
  });
  it("may leave no text at all", () => {
    expect(cut("abc", "a")).toEqual({ text: "", tokenIds: encode("a") });
  });
});
