/** `npm run demo` as a person runs it: a process of its own, against the real service. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type DemoService, serveToyModel } from "../../support/demo-service.ts";
import { isAlive } from "../../support/processes.ts";
import { smallRun } from "../../support/services-under-test.ts";

const MAIN = fileURLToPath(new URL("../../../bench/demo/main.ts", import.meta.url));

const small = Object.entries(smallRun).flatMap(([part, settings]) => ["--set", `${part}=${JSON.stringify(settings)}`]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rzero-demo-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function demo(...argv: string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, "--data", folder, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FORCE_COLOR: "0" },
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  }
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...written }));
  const until = async (wanted: RegExp) => {
    while (!wanted.test(written.stdout)) await once(child.stdout, "data");
  };
  return { child, ended, until };
}

const processOf = (stdout: string): number => Number(/\(process (\d+)\)/.exec(stdout)?.[1]);

describe("the demo against a running service", () => {
  let service: DemoService;
  beforeAll(async () => {
    service = await serveToyModel();
  });
  afterAll(() => service.close());

  test("prints progress on stderr and one line of JSON, last on stdout, and writes the report", async () => {
    const report = join(folder, "deep", "r.html");
    const run = demo("--url", service.url, "--iterations", "2", "--seed", "7", "--json", "--report", report, ...small);
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toMatch(/iteration 2 {3}done .* kept \d+ of 40/);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").length).toBe(1);
    const result = JSON.parse(stdout);
    const { services } = service.tested;
    const stored = services.runs.get(result.run);
    expect(stored.seed).toBe(7);
    expect(result.base).toEqual({
      meanAt4: stored.baseEvaluation?.meanAtK.value,
      greedy: stored.baseEvaluation?.greedy.value,
    });
    const page = services.iterations.list({ limit: 10, after: null }, { run: result.run });
    const [second, first] = page.data.map(({ metrics }) => metrics!);
    expect(result.iterations.map((each: { meanAt4: number }) => each.meanAt4)).toEqual(
      [first, second].map((metrics) => metrics?.evaluation.meanAtK.value),
    );
    expect(result.iterations[1]).toMatchObject({ iteration: 2, kept: second?.kept, proposed: 40 });
    expect(result.report).toBe(report);
    const html = readFileSync(report, "utf8");
    expect(html).toContain("Iteration 2");
    expect(html).toMatch(/pseudo-label <code>-?\d+<\/code>/);
    expect(html).toContain("what is a question?");
    expect(html).toContain(`--preset ${stored.preset} --iterations 2 --seed 7`);
  });

  test("without --json everything is on stdout, with a plain line for each finished phase", async () => {
    const { code, stdout, stderr } = await demo("--url", service.url, "--iterations", "1", ...small).ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const phase of ["evaluate-base", "challenger", "pool", "votes", "solver", "evaluate", "done"]) {
      expect(stdout).toMatch(new RegExp(`^iteration 1 {3}${phase} `, "m"));
    }
    expect(stdout).toMatch(/│ base {8}│/);
    expect(stdout).toMatch(/^report {3}.*report\.html$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
    expect(stdout).not.toMatch(/\u001b/);
  });

  test("a refusal is shown as the service words it", async () => {
    const { code, stdout, stderr } = await demo("--url", service.url, "--preset", "papre").ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/POST \/v1\/runs was answered 4\d\d: .*papre.* \(invalid-value\)/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe("");
  });

  test("a cancelled operation is a failure; what was finished is shown all the same", async () => {
    const { operations } = service.tested.services;
    const run = demo("--url", service.url, "--iterations", "20", ...small);
    await run.until(/iteration 1 {3}done/);
    for (const { id, state } of operations.list({ limit: 5, after: null }, {}).data) {
      if (state === "running") await operations.cancel(id);
    }
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/operation op_\w+ ended as cancelled/);
    expect(stdout).toMatch(/│ iteration 1 │/);
    expect(existsSync(join(folder, "report.html"))).toBe(true);
  });

  test("where nobody listens it says so", async () => {
    const { code, stderr } = await demo("--url", "http://127.0.0.1:1").ended;
    expect(code).toBe(1);
    expect(stderr).toContain("http://127.0.0.1:1 could not be reached for POST /v1/runs");
  });
});

const tiny = [
  ["challenger", { steps: 1, promptsPerStep: 2, groupSize: 2 }],
  ["solver", { steps: 1, promptsPerStep: 2, groupSize: 2 }],
  ["votes", { samples: 4 }],
  ["pool", { size: 30 }],
  ["evaluation", { questions: 8, samples: 2 }],
].flatMap(([part, settings]) => ["--set", `${part}=${JSON.stringify(settings)}`]);

describe("the demo with a service of its own", () => {
  test("starts it, runs an iteration on abacus, and leaves no process behind", async () => {
    const { code, stdout, stderr } = await demo("--iterations", "1", ...tiny).ended;
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/iteration 1 {3}done/);
    expect(processOf(stdout)).toBeGreaterThan(0);
    expect(isAlive(processOf(stdout))).toBe(false);
    expect(existsSync(join(folder, "rzero.sqlite"))).toBe(true);
    expect(readFileSync(join(folder, "service.log"), "utf8")).toContain('"msg":"stopped"');
  }, 120_000);

  test("ends it on SIGINT and says how to look at what was done", async () => {
    const run = demo("--iterations", "100", ...tiny);
    await run.until(/evaluate-base/);
    run.child.kill("SIGINT");
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toBe("");
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted by SIGINT; the service has ended too");
    expect(stdout).toMatch(/RZERO_DATA_DIR=\S+ npm start\n.*curl 'http:\S+\/v1\/iterations\?run=run_\w+'/);
    expect(isAlive(processOf(stdout))).toBe(false);
  }, 120_000);

  test("that fails to start shows the last lines of its log", async () => {
    const { code, stdout, stderr } = await demo("--model", "../escape").ended;
    expect(code).toBe(1);
    expect(stderr).toContain("expected the name of a folder, not a path");
    expect(stdout).toContain(join(folder, "service.log"));
  }, 60_000);

  test("whose model is missing is not waited for in vain", async () => {
    const { code, stderr } = await demo("--model", "no-such-model").ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/the service cannot do its work:\n {2}model: .*no-such-model/);
  }, 60_000);
});
