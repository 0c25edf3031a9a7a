import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandOf, quoted } from "../../../bench/demo/command-line.ts";
import { parseOptions } from "../../../bench/demo/options.ts";

const now = new Date("2026-08-22T09:30:05.300Z");
const parse = (...argv: string[]) =>
  parseOptions(argv, now, (error) => {
    throw error;
  });

describe("options of the demo", () => {
  test("stand for a first look without any", () => {
    const folder = join("data", "demo-2026-08-22T09-30-05");
    expect(parse()).toEqual({
      preset: null,
      iterations: 3,
      seed: 1,
      model: null,
      overrides: {},
      json: false,
      folder,
      report: join(folder, "report.html"),
      port: 0,
      url: null,
    });
  });

  test("are taken as given", () => {
    const given = parse(
      "--preset",
      "paper",
      "--iterations",
      "5",
      "--seed",
      "0",
      "--json",
      "--data",
      "d",
      "--port",
      "81",
    );
    expect(given).toMatchObject({ preset: "paper", iterations: 5, seed: 0, json: true, folder: "d", port: 81 });
    expect(given.report).toBe(join("d", "report.html"));
    expect(parse("--report", "r.html", "--model", "m").report).toBe("r.html");
    expect(parse("--url", "http://127.0.0.1:8080/").url).toBe("http://127.0.0.1:8080");
  });

  test("overrides become one tree, with JSON values where they are JSON", () => {
    const { overrides } = parse(
      "--set",
      "solver.steps=30",
      "--set",
      "solver.sampling.topP=0.9",
      "--set",
      "solver.klEstimator=k1",
      "--set",
      'pool.difficultyBand={"min":0.5,"max":0.95}',
    );
    expect(overrides).toEqual({
      solver: { steps: 30, sampling: { topP: 0.9 }, klEstimator: "k1" },
      pool: { difficultyBand: { min: 0.5, max: 0.95 } },
    });
  });

  test.each([
    [["--iterations", "0"], "1 to 100"],
    [["--iterations", "2.5"], "1 to 100"],
    [["--seed", "-1"], "0 to 4294967295"],
    [["--seed", "4294967296"], "0 to 4294967295"],
    [["--port", "65536"], "0 to 65535"],
    [["--url", "ftp://a"], "http"],
    [["--url", "8080"], "http"],
    [["--set", "solver"], "path=value"],
    [["--presets", "paper"], "unknown option"],
    [["extra"], "too many arguments"],
  ])("%j is refused", (argv, why) => {
    expect(() => parse(...argv)).toThrow(why);
  });
});

describe("the command that repeats a run", () => {
  test("is read back to the same settings", () => {
    const overrides = { solver: { steps: 30, klEstimator: "k1", text: "12" }, pool: { dropDuplicates: false } };
    const command = commandOf({ preset: "paper", seed: 7, model: "abacus" }, 2, overrides);
    expect(command).toBe(
      "npm run demo -- --preset paper --iterations 2 --seed 7 --model abacus --set solver.steps=30 " +
        `--set solver.klEstimator=k1 --set 'solver.text="12"' --set pool.dropDuplicates=false`,
    );
    const argv = command
      .split(" ")
      .slice(4)
      .map((word) => word.replaceAll("'", ""));
    expect(parse(...argv)).toMatchObject({ preset: "paper", iterations: 2, seed: 7, model: "abacus", overrides });
  });

  test("quotes what a shell would take apart", () => {
    expect(quoted("a/b-1.html")).toBe("a/b-1.html");
    expect(quoted("it's $HOME; rm")).toBe(String.raw`'it'\''s $HOME; rm'`);
    expect(quoted("")).toBe("''");
  });
});
