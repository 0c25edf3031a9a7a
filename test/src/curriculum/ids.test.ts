import fc from "fast-check";
import { expect, test } from "vitest";
import { createIds, idPrefix, type Named } from "../../../src/curriculum/ids.ts";

test("ids only grow, across nouns, also when the clock stands still or goes back", () => {
  const nouns = fc.constantFrom<Named>("run", "question", "rollout");
  const clock = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(nouns, clock), { minLength: 2, maxLength: 50 }), (made) => {
      let i = 0;
      const makeId = createIds({ now: () => 1_700_000_000_000 + made[i]![1], random: () => 0.5 });
      const ulids = made.map(([noun], at) => {
        i = at;
        const id = makeId(noun);
        expect(id.startsWith(idPrefix(noun))).toBe(true);
        const ulid = id.slice(idPrefix(noun).length);
        expect(ulid).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
        return ulid;
      });
      expect(new Set(ulids).size).toBe(ulids.length);
      expect([...ulids].sort()).toEqual(ulids);
    }),
  );
});

test("the same clock and randomness give the same id", () => {
  const source = { now: () => 1_700_000_000_000, random: () => 0.25 };
  expect(createIds(source)("run")).toBe(createIds(source)("run"));
});
