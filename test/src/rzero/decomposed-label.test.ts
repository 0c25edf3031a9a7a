import { describe, expect, it } from "vitest";
import { decomposedLabel, type Look } from "../../../src/rzero/decomposed-label.ts";

const same = (a: string, b: string) => a.trim() === b.trim();
const look = (label: string | null, share: number): Look => ({ label, share });
const [seven, eight] = [look("7", 0.6), look("8", 0.6)];
const torn = look("7", 0.4);

describe("a label looked at again", () => {
  it.each([
    ["is confirmed by what is left", look("7", 0.3), null, [look(" 7", 0.5)], "7", "confirmed"],
    ["is confirmed by what is left, whatever the base says", seven, eight, [seven], "7", "confirmed"],
    ["is confirmed by the deepest look, whatever the others say", seven, eight, [eight, seven], "7", "confirmed"],
    ["is confirmed by the base where no rest is sure", eight, eight, [torn], "8", "confirmed"],
    ["is corrected by two rests", look("8", 1), null, [seven, look("7", 0.5)], "7", "corrected"],
    ["is corrected by a rest that a torn one agrees with", look("8", 1), null, [torn, seven], "7", "corrected"],
    ["is corrected by the base and a rest of it", look("8", 1), seven, [seven], "7", "corrected"],
    ["is made where the vote had none", look(null, 0), null, [seven, seven], "7", "corrected"],
    ["is disputed by the base alone", eight, seven, [], "8", "disputed"],
    ["is disputed where rests disagree", look("8", 1), null, [seven, look("6", 0.9)], "8", "disputed"],
    ["is disputed by a rest although the base agrees", eight, eight, [seven], "8", "disputed"],
    ["is torn where all others are", look("8", 0.4), look("8", 0.4), [look("8", 0.4)], "8", "torn"],
    ["is torn where nobody looked", look("8", 0.4), null, [], "8", "torn"],
    ["is missing where nobody had one", look(null, 0), look(null, 0), [], null, "torn"],
  ] as const)("%s", (_, vote, base, rests, label, outcome) =>
    expect(decomposedLabel({ vote, base, rests }, 0.5, same)).toEqual({ label, outcome }),
  );
});
