import { describe, expect, it } from "vitest";
import { bestOf, consensusScores } from "../../../src/rzero/best-checkpoint.ts";
import { collapseRisk, type IterationSignals, TOLERANCES } from "../../../src/rzero/collapse-risk.ts";
import { withChanges } from "../../../src/rzero/deep-partial.ts";
import { PRESETS } from "../../../src/rzero/presets.ts";
import { replayed } from "../../../src/rzero/replay.ts";
import { seededRandom } from "../../../src/rzero/seeds.ts";
import { STABLE_PARTS } from "../../../src/rzero/stable.ts";
import { stopReason } from "../../../src/rzero/stop-rule.ts";
import { uncertaintyReward } from "../../../src/rzero/target-share.ts";

const healthy: IterationSignals = {
  formatRate: 0.95,
  answerRate: 1,
  diversity: 0.3,
  proposerAgreement: 0.3,
  greedyAgreement: 0.9,
  baseAgreement: 0.9,
  selfConsistency: 0.7,
  consensus: 0.7,
};

describe("collapse risk", () => {
  it("is 0 at first and where nothing fell", () => {
    expect(collapseRisk(healthy, [])).toEqual({ value: 0, because: null });
    expect(collapseRisk({ ...healthy, selfConsistency: 0.9 }, [healthy])).toEqual({ value: 0, because: null });
  });

  it("is the largest fall from the best value against its tolerance, and names it", () => {
    const risk = collapseRisk({ ...healthy, baseAgreement: 0.72, diversity: 0.27 }, [
      healthy,
      { ...healthy, diversity: 0.2 },
    ]);
    expect(risk.because).toBe("baseAgreement");
    expect(risk.value).toBeCloseTo(0.2 / TOLERANCES.baseAgreement, 12);
    expect(collapseRisk({ ...healthy, formatRate: 0 }, [healthy]).value).toBe(1);
  });

  it("takes no signal from what was not measured", () => {
    const nothing = Object.fromEntries(
      Object.keys(healthy).map((signal) => [signal, null]),
    ) as unknown as IterationSignals;
    expect(collapseRisk(nothing, [healthy])).toEqual({ value: 0, because: null });
    expect(collapseRisk(healthy, [nothing])).toEqual({ value: 0, because: null });
  });
});

describe("the best checkpoint", () => {
  it("agrees most with what all agree on: a later one that is only sure of itself does not win", () => {
    const samples = [
      // base, first, second: the second gives one wrong answer every time.
      [
        ["1", "1", "2", "1"],
        ["1", "1", "1", "1"],
        ["7", "7", "7", "7"],
      ],
      [
        ["3", "4", "3", null],
        ["3", "3", "3", "4"],
        ["3", "3", "3", "3"],
      ],
    ];
    const scores = consensusScores(samples);
    expect(scores).toEqual([(3 / 4 + 2 / 4) / 2, (4 / 4 + 3 / 4) / 2, (0 + 1) / 2]);
    expect(bestOf(scores)).toBe(1);
  });

  it("is the latest of equally good ones", () => {
    expect(bestOf([0.5, 0.7, 0.7, 0.6])).toBe(2);
  });
});

describe("the stop rule", () => {
  const standing = { risk: { value: 0.6, because: "consensus" }, sinceBest: 2 } as const;
  it.each([
    [{ collapseRisk: null, iterationsWithoutGain: null }, null],
    [{ collapseRisk: 0.7, iterationsWithoutGain: 3 }, null],
    [{ collapseRisk: 0.6, iterationsWithoutGain: null }, "consensus"],
    [{ collapseRisk: null, iterationsWithoutGain: 2 }, "2 iterations"],
  ])("%j", (rule, reason) => {
    const said = stopReason(standing, rule);
    if (reason === null) expect(said).toBeNull();
    else expect(said).toContain(reason);
  });

  it("never stops for a risk of nothing", () => {
    expect(
      stopReason({ risk: { value: 0, because: null }, sinceBest: 0 }, { collapseRisk: 0, iterationsWithoutGain: null }),
    ).toBeNull();
  });
});

describe("replay", () => {
  it("makes up its share of the whole, from each earlier question once", () => {
    const earlier = Array.from({ length: 500 }, (_, at) => at);
    const chosen = replayed(earlier, 300, 0.25, seededRandom(1));
    expect(chosen).toHaveLength(100);
    expect(new Set(chosen).size).toBe(100);
    expect(replayed(earlier, 300, 0.25, seededRandom(1))).toEqual(chosen);
    expect(replayed(earlier, 300, 0, seededRandom(1))).toEqual([]);
    expect(replayed([1, 2], 300, 0.5, seededRandom(1))).toHaveLength(2);
  });
});

describe("the stable recipe", () => {
  it("is paper with its parts, and without them paper", () => {
    const config = (name: string) => PRESETS.find((preset) => preset.name === name)!.config;
    const names = STABLE_PARTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const changed = STABLE_PARTS.reduce((all, { changes }) => withChanges(all, changes), config("paper"));
    expect(config("stable")).toEqual(changed);
    for (const { changes } of STABLE_PARTS) expect(withChanges(config("paper"), changes)).not.toEqual(config("paper"));
  });

  it("pays best where it says", () => {
    const pay = (share: number) => uncertaintyReward(share, { targetShare: 0.75, targetWidth: 0.4 });
    expect(pay(0.75)).toBe(1);
    expect(pay(0.5)).toBeCloseTo(0.375, 12);
    expect(pay(0.3)).toBe(0);
  });
});
