/** What the database itself refuses, whoever asks. */
import { describe, expect, test } from "vitest";
import type { Question, Rollout, Solution } from "../../../src/records/records.ts";
import {
  AT,
  baseCheckpoint,
  fullRun,
  newEvaluation,
  newIteration,
  newOperation,
  newQuestion,
  newRollout,
  newSolution,
  newStep,
  storedRun,
} from "./records-of-a-run.ts";
import { open } from "./temporary-curriculum.ts";

const invalid = expect.objectContaining({ name: "CurriculumError", code: "invalid-value" });
const conflict = expect.objectContaining({ name: "CurriculumError", code: "conflict" });

describe("values outside their range", () => {
  test.each<[string, Partial<Question>]>([
    ["share above 1", { majorityShare: 1.0001 }],
    ["share below 0", { majorityShare: -0.0001 }],
    ["unknown state", { state: "lost" as Question["state"] }],
    ["unknown source", { source: "internet" as Question["source"] }],
    ["unknown phase", { phaseKind: "lunch" as "pool" }],
    ["foreign id", { id: "run_1" }],
    ["a local time", { createdAt: "2026-01-02 03:04:05" }],
    ["no text", { text: null as unknown as string }],
  ])("question: %s", async (_name, change) => {
    const c = open();
    const run = storedRun(c);
    await expect(c.questions.insertMany([newQuestion(c, run.id, change)])).rejects.toThrow(invalid);
  });

  test.each<[string, Partial<Rollout>]>([
    ["reward NaN", { reward: Number.NaN }],
    ["advantage NaN", { advantage: Number.NaN }],
    ["seed of 33 bits", { seed: 2 ** 32 }],
    ["negative group", { group: -1 }],
    ["fractional sample", { sample: 0.5 }],
    ["unknown end", { finishReason: "tired" as "stop" }],
    ["unknown role", { role: "teacher" as "solver" }],
    ["negative temperature", { temperature: -1 }],
    ["negative token id", { tokenIds: [-1] }],
  ])("rollout: %s", async (_name, change) => {
    const c = open();
    const run = storedRun(c);
    await expect(c.rollouts.insertMany([newRollout(c, run.id, change)])).rejects.toThrow(invalid);
  });

  test.each<[string, Partial<Solution>]>([
    ["no samples", { samples: 0 }],
    ["more without answer than samples", { withoutAnswer: 11 }],
    ["share above 1", { majorityShare: 2 }],
  ])("solution: %s", async (_name, change) => {
    const c = open();
    const run = storedRun(c);
    const question = newQuestion(c, run.id);
    await c.questions.insertMany([question]);
    await expect(c.solutions.insertMany([newSolution(c, run.id, question.id, change)])).rejects.toThrow(invalid);
  });

  test("operation, iteration, step, evaluation", async () => {
    const c = open();
    const run = storedRun(c);
    const insert = (change: object) => () => c.operations.insert(newOperation(c, run.id, change));
    expect(insert({ state: "asleep" })).toThrow(invalid);
    expect(insert({ kind: "lunch" })).toThrow(invalid);
    expect(insert({ state: "completed" }), "ended without a time").toThrow(invalid);
    expect(insert({ finishedAt: AT }), "a time without an end").toThrow(invalid);
    expect(insert({ state: "failed", finishedAt: AT }), "failed without a reason").toThrow(invalid);
    const operation = c.operations.insert(newOperation(c, run.id));
    expect(() => c.iterations.insert(newIteration(c, run.id, operation.id, { number: 0 }))).toThrow(invalid);
    expect(() => c.iterations.insert(newIteration(c, run.id, operation.id, { state: "paused" }))).toThrow(invalid);
    expect(() => c.steps.insert(newStep(c, run.id, { policyVersion: -1 }))).toThrow(invalid);
    await expect(c.evaluations.insertMany([newEvaluation(c, run.id, { correct: 5 })])).rejects.toThrow(invalid);
  });
});

test("a checkpoint is not pruned while it is pinned, and base weights never are", () => {
  const c = open();
  const base = baseCheckpoint(c);
  const trained = baseCheckpoint(c, { role: "solver", pinned: true });
  for (const checkpoint of [base, trained]) c.checkpoints.insert(checkpoint);
  expect(() => c.checkpoints.setPruned(base.id, AT)).toThrow(invalid);
  expect(() => c.checkpoints.setPruned(trained.id, AT)).toThrow(invalid);
  expect(() => c.checkpoints.delete(trained.id)).toThrow(conflict);
  c.checkpoints.setPinned(trained.id, false);
  c.checkpoints.setPruned(trained.id, AT);
  expect(c.checkpoints.get(trained.id)).toEqual({ ...trained, pinned: false, prunedAt: AT });
  expect(() => c.checkpoints.setPinned(trained.id, true)).toThrow(invalid);
});

describe("references", () => {
  test("to what does not exist", async () => {
    const c = open();
    const run = storedRun(c);
    await expect(c.questions.insertMany([newQuestion(c, "run_none")])).rejects.toThrow(conflict);
    await expect(c.questions.insertMany([newQuestion(c, run.id, { rolloutId: "roll_none" })])).rejects.toThrow(
      conflict,
    );
    await expect(c.solutions.insertMany([newSolution(c, run.id, "q_none")])).rejects.toThrow(conflict);
    await expect(c.rollouts.insertMany([newRollout(c, run.id, { stepId: "step_none" })])).rejects.toThrow(conflict);
    await expect(c.rollouts.insertMany([newRollout(c, "run_none")])).rejects.toThrow(conflict);
    expect(() => c.steps.insert(newStep(c, run.id, { phaseId: "phase_none" }))).toThrow(conflict);
    expect(() => c.runs.setCheckpoint(run.id, "solver", "ckpt_none")).toThrow(conflict);
    expect(() => c.events.append({ operationId: "op_none", type: "progress", data: {}, createdAt: AT })).toThrow(
      conflict,
    );
  });

  test("a checkpoint that a run stands on cannot go, another can", async () => {
    const c = open();
    const { run, checkpoint } = await fullRun(c);
    expect(() => c.checkpoints.delete(checkpoint.id)).toThrow(conflict);
    c.runs.setCheckpoint(run.id, "solver", run.challengerCheckpointId);
    expect(c.checkpoints.delete(checkpoint.id).directory).toBe(checkpoint.directory);
    expect(c.checkpoints.find(checkpoint.id)).toBeNull();
  });
});

test("the same step of a phase, or number of an iteration, exists once", async () => {
  const c = open();
  const { run, operation, phase, iteration } = await fullRun(c);
  expect(() => c.steps.insert(newStep(c, run.id, { phaseId: phase.id, number: 1 }))).toThrow(conflict);
  expect(() => c.iterations.insert(newIteration(c, run.id, operation.id, { number: iteration.number }))).toThrow(
    conflict,
  );
  expect(c.iterations.nextNumber(run.id)).toBe(2);
});
