import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { PRESETS } from "../../../src/rzero/presets.ts";
import { AT, newIteration, newOperation, newQuestion, storedRun } from "./records-of-a-run.ts";
import { open, temporaryFile } from "./temporary-curriculum.ts";

const bands = (first: number) => [first, 2, 3, 4, 5, 6, 7, 8];

/** An iteration with a remembered question for each text, in the state given. */
async function remembered(c: ReturnType<typeof open>, runId: string, number: number, texts: readonly string[]) {
  const operation = c.operations.insert(newOperation(c, runId));
  const iteration = newIteration(c, runId, operation.id, { number, state: "queued", startedAt: null });
  c.iterations.insert(iteration);
  const questions = texts.map((text) => newQuestion(c, runId, { iterationId: iteration.id, phaseKind: "pool", text }));
  await c.questions.insertMany(questions);
  await c.memory.rememberAll(questions, ({ id, text }) => ({
    questionId: id,
    iterationId: iteration.id,
    view: "text",
    bands: bands(text.length),
  }));
  await c.memory.rememberKinds(iteration.id, new Map(questions.map(({ id }, index) => [id, index + 1])));
  return { iteration, questions };
}

test("finds questions that share a band, of completed iterations and of the one under way where asked", async () => {
  const c = open();
  const run = storedRun(c);
  const { iteration, questions } = await remembered(c, run.id, 1, ["12+18", "7*6"]);
  const found = (during?: string) => c.memory.candidates([5, 0, 0, 0, 0, 0, 0, 0], 10, during).map(({ text }) => text);
  expect(found()).toEqual([]);
  expect(found(iteration.id)).toEqual(["12+18"]);
  expect(c.memory.kindSize(questions[1]!.id)).toBe(0);
  c.iterations.setState(iteration.id, "running", AT);
  c.iterations.setState(iteration.id, "completed", AT);
  expect(found()).toEqual(["12+18"]);
  // The other seven bands are the same for both; each question is found once.
  expect(c.memory.candidates(bands(0), 10).map(({ text }) => text)).toEqual(["12+18", "7*6"]);
  expect(c.memory.candidates(bands(0), 1)).toHaveLength(1);
  expect(c.memory.kindSize(questions[1]!.id)).toBe(2);
  expect(c.memory.kinds(run.id)).toEqual({ questions: 3, kinds: 2 });
  c.memory.forget(iteration.id);
  expect(found()).toEqual([]);
  expect(c.memory.kinds(run.id)).toEqual({ questions: 0, kinds: 0 });
});

test("looks candidates up in the index of their band", () => {
  const file = temporaryFile();
  open(file);
  const client = new Database(file, { readonly: true });
  const plan = client
    .prepare(`explain query plan
      select m.question_id from question_memory m join iterations i on i.id = m.iteration_id
      where m.band_3 = 1 and (i.state = 'completed' or i.id = 'x') limit 4`)
    .all() as { detail: string }[];
  client.close();
  expect(plan[0]!.detail).toContain("USING INDEX question_memory_band_3");
});

test("runs of before get every new setting, switched off", () => {
  const folder = fileURLToPath(new URL("../../../migrations", import.meta.url));
  const names = readdirSync(folder).filter((each) => each.endsWith(".sql"));
  const since = names.sort().slice(names.findIndex((each) => each.endsWith("fill_run_settings.sql")));
  const fillings = since.flatMap(
    (name) => readFileSync(join(folder, name), "utf8").match(/UPDATE `runs` SET `config`[^;]*;/g) ?? [],
  );
  const paper = PRESETS.find((preset) => preset.name === "paper")!.config;
  const {
    klAnchor: _c,
    targetShare,
    targetWidth,
    startFrom,
    gateFirst,
    memoryWeight,
    ...challenger
  } = paper.challenger;
  const { klAnchor: _s, labelWeighting, replayShare, ...solver } = paper.solver;
  const { gate, anchors, ...pool } = paper.pool;
  // An earlier migration filled the evaluators.
  const { votes, evaluation, evaluators } = paper;
  const old = { challenger, solver, pool, votes, evaluation, evaluators };
  const client = new Database(":memory:");
  client.exec("create table runs (config text)");
  client.prepare("insert into runs values (?)").run(JSON.stringify(old));
  for (const filling of fillings) client.exec(filling);
  const { config } = client.prepare("select config from runs").get() as { config: string };
  expect(JSON.parse(config)).toEqual(paper);
});
