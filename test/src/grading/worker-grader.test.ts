import { afterAll, describe, expect, it } from "vitest";
import { madeVotes } from "../../../bench/grading/made-votes.ts";
import { compare } from "../../../src/grading/compare.ts";
import { WorkerGrader } from "../../../src/grading/worker/worker-grader.ts";

/** Eight thousand million terms, added one by one: longer than anyone waits. */
const HANGS = "\\sum_{i=1}^{2000}\\sum_{j=1}^{2000}\\sum_{k=1}^{2000}(i+j+k)";

describe("the grading process", () => {
  const grader = new WorkerGrader();
  afterAll(() => grader.close());

  it("is not started for equal texts and plain numbers", async () => {
    const idle = new WorkerGrader();
    const verdicts = await idle.compare([
      ["x+1", "x+1"],
      ["1/2", "0.5"],
      ["3", "4"],
    ]);
    expect(verdicts).toEqual([
      { equivalent: true, how: "string" },
      { equivalent: true, how: "numeric" },
      { equivalent: false, how: "numeric" },
    ]);
    expect(idle.starts).toBe(0);
    idle.close();
  });

  it("gives the verdicts of compare, whatever was asked before", async () => {
    const votes = madeVotes(40, 6, 7);
    const groupings = await grader.group(votes.map(({ answers }) => answers));
    const pairs = votes.flatMap(({ answers }) => [
      [answers[0]!, answers[1]!] as const,
      [answers[1]!, answers[0]!] as const,
    ]);
    const verdicts = await grader.compare(pairs);
    expect(verdicts).toEqual(pairs.map(([a, b]) => compare(a, b)));
    expect(groupings.flatMap(({ errors }) => errors)).toEqual([]);
    expect(grader.starts).toBe(1);
  });

  it("refuses to answer once it is closed, also what it was asked before", async () => {
    const closing = new WorkerGrader();
    await closing.compare([["x+1", "1+x"]]);
    const asked = closing.compare([[HANGS, "5"]]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    closing.close();
    await expect(asked).rejects.toThrow(/closed/);
    await expect(closing.compare([["x+3", "3+x"]])).rejects.toThrow(/closed/);
    expect(closing.starts).toBe(1);
  });

  it("abandons what its caller gave up", async () => {
    await expect(grader.compare([["a+b+c", "c+b+a"]], AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});

describe("a comparison that hangs", () => {
  it("costs itself an error and nobody else anything", async () => {
    // Loading the parser is part of the first comparison; on a busy machine that alone can take a second.
    const grader = new WorkerGrader({ deadlineMs: 1500 });
    await grader.compare([["x+1", "1+x"]]);
    const verdicts = await grader.compare([
      ["x+2", "2+x"],
      [HANGS, "3"],
      ["\\frac{1}{2}x", "x/2"],
    ]);
    expect(verdicts[0]).toEqual({ equivalent: true, how: "symbolic" });
    expect(verdicts[1]).toEqual({ error: "deadline-exceeded", message: "no verdict within 1500 ms" });
    expect(verdicts[2]).toEqual({ equivalent: true, how: "symbolic" });
    expect(grader.starts).toBeGreaterThan(1);
    // Remembered: the second time nobody waits.
    const start = performance.now();
    expect((await grader.compare([["3", HANGS]]))[0]).toMatchObject({ error: "deadline-exceeded" });
    expect(performance.now() - start).toBeLessThan(200);
    grader.close();
  });

  it("and one that loses its process is told apart from it", async () => {
    const grader = new WorkerGrader({ deadlineMs: 30_000 });
    await grader.compare([["x+1", "1+x"]]);
    const asked = grader.compare([[HANGS, "4"]]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(grader.processId!, "SIGKILL");
    expect(await asked).toEqual([{ error: "worker-lost", message: expect.stringContaining("ended") }]);
    expect(await grader.compare([["x+2", "2+x"]])).toEqual([{ equivalent: true, how: "symbolic" }]);
    grader.close();
  });
});
