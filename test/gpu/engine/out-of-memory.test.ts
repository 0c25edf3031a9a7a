/** A batch that memory does not suffice for, in a real process with a small address space. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { onCpu } from "../../support/test-device.ts";

const fixture = fileURLToPath(new URL("./fixture-small-memory.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

async function inSmallMemory(what: "train" | "sample"): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, fixture, what]);
  return JSON.parse(stdout);
}

// prlimit is Linux's
describe.skipIf(!onCpu || process.platform !== "linux")("where memory runs out", { timeout: 240_000 }, () => {
  it("trains in smaller micro-batches, to the same log-probabilities, and refuses one sequence that is too much", async () => {
    const result = (await inSmallMemory("train")) as Record<string, number> & { failure: unknown };
    expect(result.tokens).toBe(64 * 63);
    expect(result.microBatches).toBeGreaterThan(2);
    expect(result.largest).toBeLessThan(1e-5);
    expect(result.failure).toEqual({
      code: "out-of-memory",
      message: expect.stringMatching(/^cpu has no memory for a run over .*tokens \[1,8192\].*buffer of size \d+/),
    });
  });

  it("samples fewer rows at a time, to the same tokens", async () => {
    const result = (await inSmallMemory("sample")) as { rows: number; alone: unknown; together: unknown };
    expect(result.rows).toBe(2016);
    expect(result.together).toEqual(result.alone);
  });
});
