/** Labels looked at again, on a toy Solver that errs in the same way every time where a question has more than two operations. */
import { afterEach, describe, expect, test } from "vitest";
import { arithmetic } from "../../../src/domains/arithmetic/arithmetic.ts";
import { countOperations, parseQuestion } from "../../../src/domains/arithmetic/expression.ts";
import { oracle } from "../../../src/domains/arithmetic/oracle.ts";
import { workText } from "../../../src/domains/arithmetic/work.ts";
import type { Domain } from "../../../src/domains/domain.ts";
import type { Script } from "../../../src/policy/scripted-language.ts";
import { ScriptedPolicy } from "../../../src/policy/scripted-policy.ts";
import type { Iteration } from "../../../src/records/records.ts";
import { arithmeticScript, arithmeticWeights } from "../../support/arithmetic-script.ts";
import { type ServicesUnderTest, smallRun, startServices } from "../../support/services-under-test.ts";

/** Works out what it is asked; from three operations on, nearly every answer is 1000 too large at the end. */
const erring: Script = (prompt) => {
  const question = /^user: (.*)\n$/.exec(prompt)?.[1];
  const parsed = question === undefined ? null : parseQuestion(question);
  if (parsed === null) return arithmeticScript(prompt);
  const right = workText(parsed);
  const wrong = right.replace(/\{(-?\d+)\}$/, (_, value: string) => `{${Number(value) + 1000}}`);
  const features = arithmeticWeights.map(() => 0);
  const bias = countOperations(parsed) > 2 ? -6 : 6;
  return [
    { text: right, bias, features },
    { text: wrong, bias: 0, features },
  ];
};

let tested: ServicesUnderTest;
afterEach(() => tested.remove());

async function iterate(gate: object, challenger: object = {}, domain: Domain = arithmetic): Promise<Iteration> {
  tested = await startServices({
    domains: [domain],
    policy: new ScriptedPolicy({ name: "toy", script: erring, weights: arithmeticWeights, contextLength: 256 }),
  });
  const overrides = {
    ...smallRun,
    challenger: { ...(smallRun.challenger as object), ...challenger },
    pool: { ...(smallRun.pool as object), size: 40, difficultyBand: { min: 0, max: 1 }, gate },
  };
  const run = await tested.services.runs.create({ preset: "paper", seed: 3, overrides });
  const { operation, iterations } = await tested.services.iterations.start({ run: run.id });
  expect((await tested.ended(operation)).error).toBeNull();
  return tested.services.iterations.get(iterations[0]!.id);
}

/** Of the iteration's questions those that were voted on, by the number of operations. There are some. */
function questions({ id }: Iteration, phase: string, operations: (count: number) => boolean) {
  const found = tested.curriculum.questions
    .ofIteration(id)
    .filter(({ phaseKind, majorityShare }) => phaseKind === phase && majorityShare !== null)
    .filter(({ text }) => operations(countOperations(parseQuestion(text)!)));
  expect(found.length).toBeGreaterThan(0);
  return found;
}

describe("labels looked at again", () => {
  test("votes alone keep what is wrong in the same way every time", async () => {
    const iteration = await iterate({});
    const long = questions(iteration, "pool", (count) => count > 2);
    expect(long.length).toBeGreaterThan(3);
    expect(long.every(({ state, decomposition }) => state === "kept" && decomposition === null)).toBe(true);
    expect(iteration.metrics!.labelAccuracy!).toBeLessThan(0.7);
    expect(iteration.metrics!.looks).toBeNull();
  });

  test("one step less disputes it, and confirms what is right", async () => {
    const iteration = await iterate({ decompositions: 1 });
    for (const question of questions(iteration, "pool", (count) => count === 3)) {
      expect(question).toMatchObject({ state: "disputed", decomposition: { outcome: "disputed" } });
      expect(question.decomposition!.looks).toHaveLength(1);
    }
    const two = questions(iteration, "pool", (count) => count === 2);
    for (const { state, decomposition } of two) expect([state, decomposition!.outcome]).toEqual(["kept", "confirmed"]);
    // Nothing is left of one operation: the vote's word.
    for (const { decomposition } of questions(iteration, "pool", (count) => count === 1))
      expect(decomposition).toBeNull();
  });

  test("two steps less correct it", async () => {
    const iteration = await iterate({ decompositions: 2, keepCorrected: true });
    const three = questions(iteration, "pool", (count) => count === 3);
    for (const { text, state, pseudoLabel, labelCorrect, decomposition } of three) {
      expect([state, decomposition!.outcome, pseudoLabel, labelCorrect]).toEqual([
        "kept",
        "corrected",
        oracle(text),
        true,
      ]);
      expect(decomposition!.looks.map(({ label }) => label)).toEqual([pseudoLabel, pseudoLabel]);
      for (const look of decomposition!.looks) expect(oracle(look.question)).toBe(pseudoLabel);
    }
    const outcomes = tested.curriculum.questions
      .ofIteration(iteration.id)
      .flatMap(({ phaseKind, decomposition }) =>
        phaseKind === "pool" && decomposition ? [decomposition.outcome] : [],
      );
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
    expect(iteration.metrics!.looks).toEqual({
      confirmed: count("confirmed"),
      corrected: count("corrected"),
      disputed: count("disputed"),
      torn: count("torn"),
    });
    expect(count("corrected")).toBeGreaterThan(0);
  });

  test("a corrected label is not kept where only confirmed ones are", async () => {
    const iteration = await iterate({ decompositions: 2 });
    const three = questions(iteration, "pool", (count) => count === 3);
    for (const { state, decomposition } of three)
      expect([state, decomposition!.outcome]).toEqual(["disputed", "corrected"]);
  });

  test("the base looks at the question itself too", async () => {
    const iteration = await iterate({ decompositions: 1, looksBy: "base" });
    for (const { text, state, decomposition } of questions(iteration, "pool", (count) => count === 1)) {
      expect(state).toBe("kept");
      expect(decomposition!.looks.map(({ question }) => question)).toEqual([text]);
    }
    for (const { decomposition } of questions(iteration, "pool", (count) => count === 3))
      expect(decomposition!.looks).toHaveLength(2);
  });

  test("an oracle that lies changes what is measured and nothing else", async () => {
    const decided = async (domain: Domain) => {
      const iteration = await iterate({ decompositions: 2, keepCorrected: true }, { checkedOnly: true }, domain);
      const steps = tested.services.iterations.steps(iteration.id).map(({ weightsAfter }) => weightsAfter);
      const pool = questions(iteration, "pool", () => true);
      const labels = pool.map(({ text, state, pseudoLabel, decomposition }) => [
        text,
        state,
        pseudoLabel,
        decomposition,
      ]);
      await tested.remove();
      return { decisions: { steps, labels }, accuracy: iteration.metrics!.labelAccuracy };
    };
    const honest = await decided(arithmetic);
    const lying = await decided({ ...arithmetic, oracle: () => "-1" });
    expect(honest.accuracy).toBeGreaterThan(0);
    expect(lying.accuracy).toBe(0);
    expect(lying.decisions).toEqual(honest.decisions);
  });

  test("the Challenger earns nothing where its question's label does not stand", async () => {
    const iteration = await iterate({ decompositions: 1 }, { checkedOnly: true, targetShare: 0.9, targetWidth: 0.9 });
    const rewards = new Map(
      tested.services.iterations
        .steps(iteration.id)
        .filter(({ role }) => role === "challenger")
        .flatMap(({ id }) => tested.curriculum.rollouts.ofStep(id))
        .map(({ id, reward }) => [id, reward]),
    );
    const long = questions(iteration, "challenger", (count) => count === 3);
    for (const { rolloutId, decomposition } of long) {
      expect(decomposition!.outcome).toBe("disputed");
      expect(rewards.get(rolloutId!)).toBe(0);
    }
    const short = questions(iteration, "challenger", (count) => count < 3).map(
      ({ rolloutId }) => rewards.get(rolloutId!)!,
    );
    expect(Math.max(...short)).toBeGreaterThan(0);
  });
});
