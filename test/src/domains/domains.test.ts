import { expect, it } from "vitest";
import { allDomains } from "../../../src/domains/domains.ts";
import { exactGrader } from "../../../src/grading/exact-grader.ts";

it("names every domain differently, arithmetic first", () => {
  const names = allDomains(exactGrader).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toBe("arithmetic");
});
