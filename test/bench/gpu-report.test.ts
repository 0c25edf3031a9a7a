/** `npm run gpu:report` as a process, at a shape that any device does in seconds. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../../bench/gpu/main.ts", import.meta.url));
const report = (...options: string[]) => promisify(execFile)(process.execPath, ["--import", "tsx", main, ...options]);

it("writes a dated report with a number in every row", async () => {
  const out = mkdtempSync(join(tmpdir(), "gpu-report-"));
  try {
    await report("--device", "cpu", "--shape", "tiny", "--rounds", "1", "--no-suite", "--out", out);
    const [file, ...others] = readdirSync(out);
    expect(others).toEqual([]);
    expect(file).toMatch(/^\d{4}-\d\d-\d\d-cpu-tiny\.md$/);
    const text = readFileSync(join(out, file!), "utf8");
    expect(text).not.toMatch(/did not run|NaN|undefined/);
    const rows = [...text.matchAll(/^\| (?:training|sampling), .* \| ([\d,]+) \| ([\d,]+) \| \d+ \| \d\.\d\d \|$/gm)];
    expect(rows).toHaveLength(4);
    for (const [, best] of rows) expect(Number(best!.replaceAll(",", ""))).toBeGreaterThan(0);
  } finally {
    rmSync(out, { recursive: true });
  }
});

it("refuses a device that is none, and a shape it does not know", async () => {
  await expect(report("--device", "tpu")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("tpu is no device"),
  });
  await expect(report("--shape", "huge")).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("huge") });
});
