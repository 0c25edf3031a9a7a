import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The measurement that everybody can repeat is the test: a real service on a real port, killed with SIGKILL. */
test.runIf(process.platform === "linux")(
  "five kills of the service and its device change no weights, no row and no event",
  async () => {
    const args = ["--import", "tsx", "bench/resume/main.ts", "--kills", "5", "--seed", "3", "--json"];
    const child = spawn(process.execPath, args, { cwd: root });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    expect(result.lost).toEqual([]);
    expect(result.kills).toHaveLength(5);
    expect(result.weights).toHaveLength(14);
    expect(stderr).toContain("nothing lost");
  },
  300_000,
);
