import { describe, expect, it } from "vitest";
import { compare } from "../../../src/grading/compare.ts";
import { extractFinalAnswer } from "../../../src/grading/final-answer.ts";
import { isSame } from "../../../src/grading/verdict.ts";
import { COMPLETIONS, PUBLIC_CASES, TABLES } from "./tables.ts";

const tableNames = [...new Set(TABLES.map(({ table }) => table))];

describe("the conformance tables", () => {
  it("hold over 400 pairs of every kind, equal ones and near misses", () => {
    expect(TABLES.length).toBeGreaterThan(400);
    const kinds = new Set(TABLES.map(({ kind }) => kind));
    expect(kinds.size).toBeGreaterThan(30);
    expect(TABLES.filter(({ equivalent }) => !equivalent).length).toBeGreaterThan(150);
  });

  for (const table of tableNames) {
    it(`${table}, both ways round`, () => {
      const rows = TABLES.filter((row) => row.table === table);
      const wrong = rows.flatMap(({ a, b, equivalent, note }) => {
        const [there, back] = [compare(a, b), compare(b, a)];
        const right = "equivalent" in there && there.equivalent === equivalent;
        return right && JSON.stringify(there) === JSON.stringify(back) ? [] : [{ a, b, equivalent, note, there, back }];
      });
      expect(wrong).toEqual([]);
    });
  }
});

const read = (text: string) => extractFinalAnswer(text) ?? text;

describe("what completions hold", () => {
  it.each(COMPLETIONS)("$a and $b", ({ a, b, equivalent }) => {
    expect(compare(read(a), read(b))).toMatchObject({ equivalent });
  });
});

describe("the public tables", () => {
  it.each(PUBLIC_CASES)("$source: $output and $target", ({ output, target, equivalent, ours }) => {
    expect(isSame(compare(read(output), read(target)))).toBe(ours === undefined ? equivalent : !equivalent);
  });
});
