import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { liveLines, Progress } from "../../../bench/demo/progress.ts";
import { progressDisplay } from "../../../bench/demo/progress-display.ts";
import type { WireEvent } from "../../../bench/demo/wire.ts";
import { duration, percent, points, rate } from "../../../bench/demo/wording.ts";
import { iterationMetrics } from "../../support/services/sample-records.ts";

const event = (type: WireEvent["type"], data: Record<string, unknown>): WireEvent => ({
  operationId: "op_1",
  sequence: 1,
  type,
  data,
  createdAt: "2026-08-22T09:30:00.000Z",
});
const step = (reward: number, skipped: string | null = null) =>
  event("step.completed", { role: "solver", number: 2, reward, skipped });

const now = {
  iteration: 2,
  iterations: 3,
  phase: "solver",
  step: 4,
  steps: 15,
  fraction: 0.415,
  secondsLeft: 100.4,
  reward: 0.6204,
  tokensPerSecond: 18_640,
};

describe("progress", () => {
  test("a finished phase says how long it took and what its steps earned", () => {
    const progress = new Progress();
    const phase = { iteration: 1, iterationId: "iter_1", phase: "solver" };
    expect(progress.take(event("phase.started", phase))).toEqual([]);
    expect(progress.take(step(0.25))).toEqual([]);
    expect(progress.take(step(0.5))).toEqual([]);
    expect(progress.take(event("phase.completed", { ...phase, seconds: 65 }))).toEqual([
      "iteration 1   solver            1:05  2 steps, reward 0.250 -> 0.500",
    ]);
    expect(progress.take(event("phase.completed", { ...phase, phase: "evaluate", seconds: 2 }))).toEqual([
      "iteration 1   evaluate         2.0 s",
    ]);
    expect(progress.phases.map((each) => each.phase)).toEqual(["solver", "evaluate"]);
  });

  test("a step without an update is told, and is no reward", () => {
    const progress = new Progress();
    expect(progress.take(step(0, "no-questions-kept")).join()).toContain("solver step 2, no update: no-questions-kept");
    const [line] = progress.take(event("phase.completed", { iteration: 1, phase: "solver", seconds: 1 }));
    expect(line).not.toContain("reward");
  });

  test("an iteration is compared with the base, the next one with it", () => {
    const progress = new Progress();
    const { evaluation } = iterationMetrics;
    expect(progress.takeBase({ ...evaluation, meanAtK: { value: 0.38, low: 0, high: 1 } } as never)).toContain(
      "38.0 %",
    );
    const finished = event("iteration.completed", { iteration: 1, seconds: 41.8, metrics: { ...iterationMetrics } });
    expect(progress.take(finished)).toEqual([
      "iteration 1   done            41.8 s  kept 212 of 600, share 0.58, labels 88.0 %, mean@8 41.0 % (+3.0 points), greedy 41.0 %",
    ]);
    expect(progress.share).toBe(0.58);
    expect(progress.take(finished).join()).toContain("(+0.0 points)");
  });

  test("events of another shape are passed over", () => {
    const progress = new Progress();
    for (const type of ["progress", "step.completed", "phase.completed", "iteration.completed"] as const) {
      expect(progress.take(event(type, { iteration: "<x>" }))).toEqual([]);
    }
    expect(progress.now).toBeNull();
  });

  test("live lines tell where it is and how long it will take", () => {
    expect(liveLines({ now: null, share: null }, 1.25)).toEqual(["waiting for the first step  1.3 s"]);
    const [where, bar] = liveLines({ now, share: 0.58 }, 72);
    expect(where).toBe("iteration 2 of 3  solver  step 4 of 15  reward 0.620  share 0.58  18.6 k tokens/s");
    expect(bar).toBe(`${"█".repeat(12)}${"░".repeat(18)} 41 %  elapsed 1:12  left 1:40`);
    const unknown = { ...now, phase: null, step: null, reward: null, tokensPerSecond: null, secondsLeft: null };
    expect(liveLines({ now: unknown, share: null }, 72)[0]).toBe("iteration 2 of 3");
  });
});

describe("showing progress", () => {
  const capture = (isTTY: boolean) => {
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, rows: 40 });
    return { stream: stream as unknown as NodeJS.WriteStream, text: () => String(stream.read() ?? "") };
  };

  test("without a terminal there are plain lines and nothing else", async () => {
    const { stream, text } = capture(false);
    const display = progressDisplay(stream, Object.assign(new Progress(), { now }), () => 1);
    display.line("one");
    await sleep(300);
    display.line("two");
    display.end();
    expect(text()).toBe("one\ntwo\n");
  });

  test("on a terminal lines stay above what is redrawn, and the redrawn goes at the end", async () => {
    const { stream, text } = capture(true);
    const display = progressDisplay(stream, Object.assign(new Progress(), { now }), () => 1);
    await sleep(300);
    expect(text()).toContain("iteration 2 of 3");
    display.line("kept line");
    const after = text();
    expect(after.indexOf("kept line\n")).toBeLessThan(after.lastIndexOf("iteration 2 of 3"));
    display.end();
    expect(text()).toContain("\u001b[2K");
    await sleep(300);
    expect(text()).toBe("");
  });
});

test("numbers are written for people", () => {
  expect([0.04, 59.94, 60, 185, 3729.4].map(duration)).toEqual(["0.0 s", "59.9 s", "1:00", "3:05", "1:02:09"]);
  expect(percent(0.41379)).toBe("41.4 %");
  expect([0.032, -0.009, 0].map(points)).toEqual(["+3.2 points", "-0.9 points", "+0.0 points"]);
  expect([999.4, 18_640].map(rate)).toEqual(["999", "18.6 k"]);
});
