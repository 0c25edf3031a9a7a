/** The curriculum as a dataset: what is read back is what is stored, whatever its size. */
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import type { QuestionFilter } from "../../../src/curriculum/questions-repository.ts";
import { jsonLines } from "../../../src/exports/json-lines.ts";
import { parquet } from "../../../src/exports/parquet.ts";
import type { Question } from "../../../src/records/records.ts";
import { AT, newQuestion, storedRun } from "../curriculum/records-of-a-run.ts";
import { open } from "../curriculum/temporary-curriculum.ts";

async function filled(count: number) {
  const c = open();
  const run = storedRun(c);
  const questions = Array.from({ length: count }, (_, i) =>
    newQuestion(c, run.id, {
      text: `${i} ünï\n"+1`,
      state: i % 3 === 0 ? "outside-band" : "kept",
      pseudoLabel: i % 3 === 0 ? null : String(i + 1),
      majorityShare: i % 3 === 0 ? null : (i % 10) / 10,
    }),
  );
  await c.questions.insertMany(questions);
  return { c, run, questions };
}

const rowOf = (question: Question) => ({
  problem: question.text,
  answer: question.pseudoLabel,
  score: question.majorityShare,
  id: question.id,
  run: question.runId,
  iteration: question.iterationId,
  state: question.state,
  source: question.source,
  createdAt: question.createdAt,
});

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}
const asFile = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

test("JSON lines are the questions, oldest first", async () => {
  const { c, questions } = await filled(600);
  const text = (await bytesOf(jsonLines(c.questions.pages({})))).toString("utf8");
  expect(text.endsWith("\n")).toBe(true);
  expect(
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual(questions.map(rowOf));
});

test("Parquet is the same questions, in row groups", async () => {
  const { c, questions } = await filled(2300);
  const file = asFile(await bytesOf(parquet(c.questions.pages({}))));
  const metadata = parquetMetadata(file);
  expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([1000, 1000, 300]);
  expect(metadata.schema.slice(1).map(({ name, type }) => `${name} ${type}`)).toEqual([
    "problem BYTE_ARRAY",
    "answer BYTE_ARRAY",
    "score DOUBLE",
    "id BYTE_ARRAY",
    "run BYTE_ARRAY",
    "iteration BYTE_ARRAY",
    "state BYTE_ARRAY",
    "source BYTE_ARRAY",
    "createdAt INT64",
  ]);
  const rows = await parquetReadObjects({ file });
  expect(rows).toEqual(questions.map((question) => ({ ...rowOf(question), createdAt: new Date(AT) })));
});

test("without questions both are empty, and Parquet still knows its columns", async () => {
  const c = open();
  expect(await bytesOf(jsonLines(c.questions.pages({})))).toHaveLength(0);
  const file = asFile(await bytesOf(parquet(c.questions.pages({}))));
  expect(Number(parquetMetadata(file).num_rows)).toBe(0);
  expect(parquetMetadata(file).schema).toHaveLength(10);
});

test("pages let through what the list does", async () => {
  const { c, run } = await filled(700);
  await c.questions.insertMany([newQuestion(c, storedRun(c).id, { text: "of another run" })]);
  const filters: QuestionFilter[] = [
    {},
    { run: run.id },
    { state: "kept" },
    { run: run.id, state: "outside-band" },
    { minShare: 0.5, maxShare: 0.7 },
    { search: "69 ÜNÏ" },
    { search: "9 ü" },
    { state: "malformed" },
    { iteration: "iter_none" },
  ];
  for (const filter of filters) {
    const ids: string[] = [];
    for await (const page of c.questions.pages(filter)) ids.push(...page.map(({ id }) => id));
    const listed: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = c.questions.list({ limit: 200, after }, filter);
      listed.push(...page.data.map(({ id }) => id));
      after = page.nextCursor;
      if (after === null) break;
    }
    expect(ids, JSON.stringify(filter)).toEqual(listed.reverse());
  }
});

test("nothing is read before it is asked for, and others get their turn between pages", async () => {
  const { c, run } = await filled(3000);
  let turns = 0;
  const ticking = setInterval(() => turns++, 0);
  const bytes = parquet(c.questions.pages({}));
  await bytes.next();
  // Added while the export is under way: it comes too, since ids only grow.
  await c.questions.insertMany([newQuestion(c, run.id, { text: "late" })]);
  const rest = await bytesOf(bytes);
  clearInterval(ticking);
  expect(rest.toString("latin1")).toContain("late");
  expect(turns).toBeGreaterThan(4);
});
