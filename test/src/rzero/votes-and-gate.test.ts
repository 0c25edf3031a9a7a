import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difficultyGate, triageProposals } from "../../../src/rzero/difficulty-gate.ts";
import { majorityVote } from "../../../src/rzero/majority-vote.ts";

const sameNumber = (a: string, b: string) => Number(a) === Number(b);

describe("the majority vote", () => {
  it("groups by equivalence and counts samples without an answer in m only", () => {
    expect(majorityVote(["1", null, "0.5", "1.0", null, "1"], sameNumber)).toEqual({
      pseudoLabel: "1",
      majorityShare: 0.5,
      withoutAnswer: 2,
      groups: [
        { answer: "1", count: 3 },
        { answer: "0.5", count: 1 },
      ],
    });
  });

  it("gives ties to the earliest", () => {
    expect(majorityVote(["3", "2", "2", "3"], sameNumber).pseudoLabel).toBe("3");
  });

  it("has no label where nobody answered, even if that is the majority's word", () => {
    expect(majorityVote([null, null], sameNumber)).toMatchObject({ pseudoLabel: null, majorityShare: 0, groups: [] });
    expect(majorityVote([null, null, null, "7"], sameNumber)).toMatchObject({ pseudoLabel: "7", majorityShare: 0.25 });
    expect(majorityVote([], sameNumber)).toMatchObject({ pseudoLabel: null, majorityShare: 0 });
  });

  it("accounts for every sample", () => {
    const answers = fc.array(fc.option(fc.constantFrom("1", "1.0", "2", "3")), { maxLength: 20 });
    fc.assert(
      fc.property(answers, (samples) => {
        const { groups, withoutAnswer, majorityShare } = majorityVote(samples, sameNumber);
        expect(groups.reduce((sum, group) => sum + group.count, withoutAnswer)).toBe(samples.length);
        for (const group of groups) expect(group.count / samples.length).toBeLessThanOrEqual(majorityShare);
      }),
    );
  });
});

describe("the gate", () => {
  it("sorts out malformed questions and duplicates before votes are spent", () => {
    const pool = ["a b", null, "a  b ", "c", "d"];
    const states = (options: Parameters<typeof triageProposals>[1]) =>
      triageProposals(pool, options).map((v) => v.state);
    expect(states({ dropDuplicates: true })).toEqual(["proposed", "malformed", "duplicate", "proposed", "proposed"]);
    expect(states({ dropDuplicates: true, seen: ["c"] })[3]).toBe("duplicate");
    expect(states({ dropDuplicates: false })).not.toContain("duplicate");
  });

  it("keeps 3 to 7 of 10 in the paper's band, and 3 to 7 of 9 in the released code's", () => {
    const kept = (m: number, band: { min: number; max: number }) =>
      Array.from({ length: m + 1 }, (_, votes) => votes).filter(
        (votes) => difficultyGate({ pseudoLabel: "1", majorityShare: votes / m }, band).state === "kept",
      );
    expect(kept(10, { min: 0.25, max: 0.75 })).toEqual([3, 4, 5, 6, 7]);
    expect(kept(9, { min: 0.3, max: 0.8 })).toEqual([3, 4, 5, 6, 7]);
    expect(kept(10, { min: 0.3, max: 0.8 })).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it("says why, and never keeps a question without a label", () => {
    const band = { min: 0, max: 0.75 };
    expect(difficultyGate({ pseudoLabel: "1", majorityShare: 0.9 }, band)).toEqual({
      state: "outside-band",
      reason: "majority share 0.9 is above 0.75",
    });
    expect(difficultyGate({ pseudoLabel: null, majorityShare: 0 }, band).state).toBe("outside-band");
  });
});
