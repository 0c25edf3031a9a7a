/** Every benchmark of the table from a file in its published layout (golden/benchmarks), and YAML files of one's own. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allDomains } from "../../../src/domains/domains.ts";
import { BENCHMARKS } from "../../../src/evaluation/benchmark-table.ts";
import { createBenchmarkLibrary } from "../../../src/evaluation/benchmark-library.ts";
import { exactGrader } from "../../../src/grading/exact-grader.ts";

const golden = fileURLToPath(new URL("../../golden/benchmarks", import.meta.url));
const libraryIn = (directory: string) =>
  createBenchmarkLibrary({ directory, domains: allDomains(exactGrader), grader: exactGrader });

describe("public benchmarks", () => {
  const published = libraryIn(golden);
  const load = async (name: string) => (await published.find(name)).load();

  it.each(Object.keys(BENCHMARKS))("%s is read from its published layout", async (name) => {
    const items = await load(name);
    expect(items.length).toBeGreaterThan(0);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    const { messages, rule } = await published.find(name);
    for (const item of items) {
      expect(messages(item).at(-1)!.content).toContain(item.question);
      // The reference, given as an answer, is right.
      const answer = rule.extract(`\\boxed{${item.reference}}`, item);
      expect(answer).not.toBeNull();
      expect(await rule.grader.compare([[answer!, item.reference]])).toMatchObject([{ equivalent: true }]);
    }
  });

  it("reads what stands in the columns", async () => {
    expect(await load("gsm8k")).toEqual([
      {
        id: "1",
        question: "Mia packs 12 boxes of 90 nails. How many nails?",
        reference: "1,080",
        skill: "all",
        choices: null,
      },
      { id: "2", question: "Half of 9 apples?", reference: "4.5", skill: "all", choices: null },
    ]);
    expect((await load("math-500")).map(({ id, reference, skill }) => [id, reference, skill])).toEqual([
      ["test/prealgebra/1.json", "\\frac{1}{2}", "Prealgebra"],
      ["test/algebra/7.json", "2, -2", "Algebra"],
    ]);
    expect((await load("amc23")).map(({ reference }) => reference)).toEqual(["25", "27"]);
    expect((await load("aime25")).map(({ id, reference }) => [id, reference])).toEqual([
      ["60", "249"],
      ["61", "030"],
    ]);
    expect((await load("olympiadbench")).map(({ reference }) => reference)).toEqual(["3, -3", "$32$"]);
    const [, colour] = await load("mmlu-pro");
    expect(colour).toMatchObject({ id: "71", reference: "A", skill: "other" });
    expect(colour!.choices).toHaveLength(10);
  });

  it("shuffles the choices of GPQA by the question: the same each time, the right one where its letter says", async () => {
    const items = await load("gpqa-diamond");
    expect(await load("gpqa-diamond")).toEqual(items);
    items.forEach(({ choices, reference }, place) => {
      expect(choices![reference.charCodeAt(0) - 65]).toBe(String(place + 1));
      expect([...choices!].sort()).toEqual([1, 2, 3, 4].map((more) => String(place + more)).sort());
    });
    expect(new Set(items.map(({ reference }) => reference)).size).toBeGreaterThan(1);
    const { messages } = await libraryIn(golden).find("gpqa-diamond");
    expect(messages(items[0]!).at(-1)!.content).toMatch(/said\nso[\s\S]*\n\nA\. \d\nB\. \d\nC\. \d\nD\. \d$/);
  });
});

describe("a folder of one's own", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "rzero-benchmarks-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const yaml = (text: string) => writeFileSync(join(directory, "own.yaml"), text);

  it("says which file is missing, where it belongs and what it must hold", async () => {
    await expect(libraryIn(directory).find("gsm8k")).rejects.toThrow(
      "expected gsm8k/main/test-00000-of-00001.parquet under RZERO_BENCHMARKS_DIR, as in the dataset openai/gsm8k on Hugging Face, with columns question (text), answer (text)",
    );
    await expect(libraryIn(join(directory, "nowhere")).find("bbeh")).rejects.toMatchObject({ code: "missing-data" });
  });

  it("knows no other benchmark, whatever its name", async () => {
    for (const name of ["../own", "toString", "", "own.yaml", "/etc/passwd"]) {
      await expect(libraryIn(directory).find(name)).rejects.toMatchObject({ code: "unknown-benchmark" });
    }
  });

  it("lists what there is and what is missing", async () => {
    yaml("items: [{question: 1+1, answer: 2}]");
    cpSync(join(golden, "bbeh"), join(directory, "bbeh"), { recursive: true });
    const listed = await libraryIn(directory).list();
    expect(listed.map(({ name }) => name)).toEqual([...Object.keys(BENCHMARKS), "arithmetic", "own"].sort());
    const found = (name: string) => listed.find((each) => each.name === name);
    expect(found("bbeh")).toMatchObject({ available: true, problem: null, source: "public" });
    expect(found("own")).toMatchObject({ available: true, source: "own" });
    expect(found("arithmetic")).toMatchObject({ available: true, source: "held-out" });
    expect(found("gsm8k")).toMatchObject({ available: false, problem: expect.stringContaining("gsm8k/main") });
  });

  it("names row and column of what is not as expected", async () => {
    mkdirSync(join(directory, "math-500"));
    const file = join(directory, "math-500", "test.jsonl");
    writeFileSync(file, '{"problem":"a","answer":"1"}\n{"problem":"b","answer":["2"]}\n');
    const { load } = await libraryIn(directory).find("math-500");
    await expect(load()).rejects.toThrow(
      'test.jsonl: row 2: column "answer" is ["2"]; expected a text (columns: problem, answer)',
    );
    writeFileSync(file, '{"problem":"a","answer":"1"}\n{"problem":\n');
    await expect(load()).rejects.toThrow("line 2 is not JSON");
    writeFileSync(file, "\n");
    await expect(load()).rejects.toThrow("it has no rows");
  });

  it("reads a YAML file with items, a prompt of its own, and defaults", async () => {
    yaml(
      "title: Sums\nprompt: { system: Be brief., user: 'Q: {question}' }\nanswer: exact\nmetric: meanAtK\nsamples: 4\nitems:\n  - { question: 1+1, answer: 2 }\n  - { id: x, question: 2+2, answer: '4', skill: hard }\n",
    );
    const own = await libraryIn(directory).find("own");
    expect(own).toMatchObject({ title: "Sums", metric: "meanAtK", samples: 4, maxTokens: 4096 });
    const items = await own.load();
    expect(items).toEqual([
      { id: "1", question: "1+1", reference: "2", skill: "all", choices: null },
      { id: "x", question: "2+2", reference: "4", skill: "hard", choices: null },
    ]);
    expect(own.messages(items[0]!)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "Q: 1+1" },
    ]);
  });

  it("reads a YAML file that names a table beside it", async () => {
    yaml("answer: choice\nprompt: choice\nfile: q.csv\ncolumns: { question: Q, answer: A }\n");
    await expect(libraryIn(directory).find("own")).rejects.toMatchObject({ code: "missing-data" });
    writeFileSync(join(directory, "q.csv"), "Q,A\nwhich?,B\n");
    const { load } = await libraryIn(directory).find("own");
    await expect(load()).rejects.toThrow("row 1: choices answer: choice needs them");
    yaml("file: q.csv\ncolumns: { question: Q, answer: A }\n");
    expect(await (await libraryIn(directory).find("own")).load()).toMatchObject([
      { question: "which?", reference: "B" },
    ]);
  });

  it.each([
    ["items: []", "items: Too small"],
    ["items: [{question: a}]", "items.0.answer: Invalid input"],
    ["items: [{question: a, answer: b, extra: 1}]", 'items.0: Unrecognized key: "extra"'],
    ["{}", "items: give either items or file"],
    [
      "answer: choice\nitems: [{question: a, answer: C, choices: [x, y]}]",
      'items.0.answer: is "C"; expected a letter from A to B',
    ],
    ["answer: choice\nitems: [{question: a, answer: A}]", "items.0.choices: answer: choice needs them"],
    ["prompt: { user: hello }\nitems: [{question: a, answer: b}]", "prompt.user: must hold {question}"],
    ["prompt: haiku\nitems: [{question: a, answer: b}]", "prompt: expected one of math, choice, text, bare"],
    ["metric: meanAtK\nitems: [{question: a, answer: b}]", "samples: meanAtK needs at least 1"],
    ["file: ../q.csv\ncolumns: {question: Q, answer: A}", 'file: "../q.csv" must be'],
    ["file: /etc/passwd\ncolumns: {question: Q, answer: A}", 'file: "/etc/passwd" must be'],
    ["a: [", "it is not YAML"],
    ["a: &a [1]\nb: [*a, *a]", "it is not YAML"],
    ["", "the file: Invalid input"],
  ])("refuses %j, naming the field", async (text, problem) => {
    yaml(text);
    await expect(libraryIn(directory).find("own")).rejects.toThrow(problem);
  });
});
