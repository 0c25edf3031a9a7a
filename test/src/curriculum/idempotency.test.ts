import { expect, onTestFinished, test } from "vitest";
import { openCurriculum } from "../../../src/curriculum/curriculum.ts";
import { AT } from "./records-of-a-run.ts";
import { temporaryFile } from "./temporary-curriculum.ts";

const DAY = 24 * 60 * 60 * 1000;
const response = { status: 202, headers: { location: "/v1/operations/op_1" }, body: '{"id":"op_1"}' };

function openAt(file: string, clock: { now: number }) {
  const curriculum = openCurriculum({ file, now: () => clock.now, random: Math.random });
  onTestFinished(() => curriculum.close());
  return curriculum;
}

test("a key is claimed once, and answers as it did the first time for 24 hours, across restarts", () => {
  const file = temporaryFile();
  const clock = { now: Date.parse(AT) };
  const first = openAt(file, clock).idempotency;
  expect(first.claim("k", "f")).toEqual({ kind: "claimed" });
  expect(first.claim("k", "f")).toEqual({ kind: "in-flight" });
  expect(first.claim("k", "other")).toEqual({ kind: "mismatch" });
  expect(first.claim("k2", "f")).toEqual({ kind: "claimed" });
  first.complete("k", response);
  expect(first.claim("k", "other")).toEqual({ kind: "mismatch" });
  clock.now += DAY;
  const second = openAt(file, clock).idempotency;
  expect(second.claim("k", "f")).toEqual({ kind: "replay", response });
  clock.now += 1;
  expect(second.claim("k", "f")).toEqual({ kind: "claimed" });
});

test("a released key is free, one with an answer is not released", () => {
  const { idempotency } = openAt(temporaryFile(), { now: Date.parse(AT) });
  idempotency.claim("k", "f");
  idempotency.release("k");
  expect(idempotency.claim("k", "g")).toEqual({ kind: "claimed" });
  idempotency.complete("k", response);
  idempotency.release("k");
  expect(idempotency.claim("k", "g")).toEqual({ kind: "replay", response });
  expect(() => idempotency.complete("unknown", response)).toThrow(expect.objectContaining({ code: "not-found" }));
});

test("a key whose request made something says what, however the request ended", async () => {
  const file = temporaryFile();
  const clock = { now: Date.parse(AT) };
  const before = openAt(file, clock);
  before.idempotency.claim("cut-off", "f");
  before.idempotency.claim("taken-back", "f");
  before.idempotency.claim("failed", "f");
  before.idempotency.note("cut-off", ["op_1"]);
  expect(() =>
    before.transaction(() => {
      before.idempotency.note("taken-back", ["op_2"]);
      throw new Error("the row was refused");
    }),
  ).toThrow("refused");
  before.idempotency.note("failed", ["q_1", "q_2"]);
  before.idempotency.release("failed");
  expect(before.idempotency.claim("failed", "f")).toEqual({ kind: "made", resources: ["q_1", "q_2"] });
  expect(before.idempotency.claim("failed", "f")).toEqual({ kind: "in-flight" });
  before.close();
  const after = openAt(file, clock);
  expect((await after.recover()).releasedKeys).toBe(1);
  expect(after.idempotency.claim("taken-back", "f")).toEqual({ kind: "claimed" });
  expect(after.idempotency.claim("cut-off", "other")).toEqual({ kind: "mismatch" });
  expect(after.idempotency.claim("cut-off", "f")).toEqual({ kind: "made", resources: ["op_1"] });
  after.idempotency.complete("cut-off", response);
  expect(after.idempotency.claim("cut-off", "f")).toEqual({ kind: "replay", response });
  expect(() => after.idempotency.note("unknown", [])).toThrow(expect.objectContaining({ code: "not-found" }));
});

test("keys whose process died are released at start", async () => {
  const file = temporaryFile();
  const clock = { now: Date.parse(AT) };
  const before = openAt(file, clock);
  before.idempotency.claim("answered", "f");
  before.idempotency.complete("answered", response);
  before.idempotency.claim("abandoned", "f");
  before.close();
  const after = openAt(file, clock);
  expect((await after.recover()).releasedKeys).toBe(1);
  expect(after.idempotency.claim("abandoned", "f")).toEqual({ kind: "claimed" });
  expect(after.idempotency.claim("answered", "f")).toEqual({ kind: "replay", response });
});
