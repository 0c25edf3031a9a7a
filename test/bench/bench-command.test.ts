import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

function bench(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "bench/main.ts", ...args], { cwd: root });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("npm run bench", () => {
  it("ends in one JSON line with what was asked for and nothing else", async () => {
    const { code, stdout, stderr } = await bench("--json", "--quick", "--only", "sample", "--threads", "1");
    expect(stderr).toContain("round 1/1");
    expect(code).toBe(0);
    const report = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    expect(Object.keys(report)).not.toEqual(expect.arrayContaining(["train"]));
    expect(report.matmulCeilingGflops).toBe(Math.max(...(Object.values(report.matmulGflops) as number[])));
    expect(report.sample.map((x: { topP: number }) => x.topP)).toEqual([1, 0.99]);
    for (const sample of report.sample) {
      expect(sample).toMatchObject({ config: "4x128", batch: 256 });
      expect(sample.tokensPerSecond).toBeGreaterThanOrEqual(sample.medianTokensPerSecond);
      expect(sample.ceilingShare).toBeCloseTo(sample.gflops / report.matmulCeilingGflops, 10);
      // Above 1 would mean that the formula counts work nobody did.
      expect(sample.ceilingShare).toBeGreaterThan(0);
      expect(sample.ceilingShare).toBeLessThan(1);
    }
    expect(report.machine).toMatchObject({ threads: 1, node: process.version });
    expect(stdout).toContain("sampling 4x128, 256 rows, top-p 0.99");
  }, 180_000);

  it("refuses before measuring: an unknown part, and a models folder without the model", async () => {
    const stranger = await bench("--only", "train,memory");
    expect(stranger.code).toBe(1);
    expect(stranger.stderr).toContain("memory: expected train, sample, decode, large, http, cold");
    const nothing = await bench("--only", "sample,cold", "--models", "test/bench");
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain("npm run pretrain");
    expect(nothing.stderr).not.toContain("warming up");
  }, 120_000);
});
