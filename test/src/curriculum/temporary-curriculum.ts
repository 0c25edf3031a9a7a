/** Curricula in real files that go when the test ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Curriculum, openCurriculum } from "../../../src/curriculum/curriculum.ts";
import { AT } from "./records-of-a-run.ts";

export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "rzero-curriculum-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "curriculum.db");
}

export function open(file = temporaryFile()): Curriculum {
  let clock = Date.parse(AT);
  const curriculum = openCurriculum({ file, now: () => clock++, random: Math.random });
  onTestFinished(() => curriculum.close());
  return curriculum;
}
