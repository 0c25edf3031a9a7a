/** A damaged file is refused where it was left open, and told of where it is met later, by whatever meets it. */
import { copyFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { openCurriculum } from "../../../src/curriculum/curriculum.ts";
import type { CurriculumError } from "../../../src/curriculum/curriculum-error.ts";
import { loseWhatWasMoved, overwrite, spoilTable } from "../../support/spoiled-files.ts";
import { newQuestion, newSolution, storedRun } from "./records-of-a-run.ts";
import { temporaryFile } from "./temporary-curriculum.ts";

function open(file: string) {
  const told: CurriculumError[] = [];
  const onDamage = (damage: CurriculumError) => void told.push(damage);
  const curriculum = openCurriculum({ file, now: Date.now, random: Math.random, onDamage });
  onTestFinished(() => curriculum.close());
  return { curriculum, told };
}

/** With a thousand questions. */
async function filled(file: string) {
  const { curriculum } = open(file);
  const run = storedRun(curriculum);
  await curriculum.questions.insertMany(Array.from({ length: 1000 }, () => newQuestion(curriculum, run.id)));
  return { curriculum, run };
}

test("what is no database at all", () => {
  const file = temporaryFile();
  writeFileSync(file, "this is a text, and long enough that nobody takes it for an empty file".repeat(100));
  expect(() => open(file)).toThrow(expect.objectContaining({ code: "damaged-database" }));
  expect(() => open(file)).toThrow(`${file} is damaged (file is not a database)`);
});

test("a log without frames that the file already has", async () => {
  const [file, left] = [temporaryFile(), temporaryFile()];
  open(file).curriculum.close();
  // Somebody reads: the log only grows.
  const reader = new Database(file, { readonly: true });
  onTestFinished(() => void reader.close());
  reader.exec("begin; select * from runs");
  const { curriculum, run } = await filled(file);
  // What only the lost half wrote is in the file, and what says so is not.
  const [question] = curriculum.questions.list({ limit: 1, after: null }, {}).data;
  const votes = Array.from({ length: 300 }, () => newSolution(curriculum, run.id, question!.id));
  await curriculum.solutions.insertMany(votes);
  // While it is open, so that it is as a kill leaves it.
  for (const end of ["", "-wal", "-shm"]) copyFileSync(file + end, left + end);
  loseWhatWasMoved(left);
  expect(() => open(left)).toThrow(/^\S+ is damaged \([^\n]+\)$/);
});

test("pages that were overwritten: every way of reading them tells, and fails", async () => {
  const file = temporaryFile();
  const { curriculum: whole, run } = await filled(file);
  whole.close();
  spoilTable(file, "questions");
  const { curriculum, told } = open(file);
  expect(curriculum.runs.get(run.id)).toEqual(run);
  expect(told).toEqual([]);
  expect(() => curriculum.questions.list({ limit: 10, after: null }, {})).toThrow("malformed");
  expect(() => curriculum.transaction(() => curriculum.questions.submitted(run.id))).toThrow("malformed");
  await expect(curriculum.questions.judge([{ ...newQuestion(curriculum, run.id) }])).rejects.toThrow();
  const pages = async () => {
    for await (const _ of curriculum.questions.pages({})) break;
  };
  await expect(pages()).rejects.toThrow("malformed");
  expect(told.length).toBeGreaterThanOrEqual(3);
  for (const damage of told) {
    expect(damage).toMatchObject({ code: "damaged-database" });
    expect(damage.message).toMatch(/is damaged \(database disk image is malformed\)$/);
  }
  // Whoever refuses for another reason is no damage.
  const before = told.length;
  expect(() => curriculum.runs.get("run_none")).toThrow();
  expect(told).toHaveLength(before);
});

test("a file that was closed is not looked through", async () => {
  const file = temporaryFile();
  const { curriculum } = await filled(file);
  curriculum.close();
  overwrite(file, 4096 * 20, Buffer.alloc(100, 0xff));
  expect(open(file).told).toEqual([]);
});
