/** A model whose chat template writes the date, as Llama 3's does, and a run that takes days. */
import { expect, test } from "vitest";
import { ScriptedPolicy, scriptedTokenizer } from "../../../src/policy/scripted-policy.ts";
import { arithmeticScript, arithmeticWeights } from "../../support/arithmetic-script.ts";
import { smallRun, startServices } from "../../support/services-under-test.ts";

test("all prompts of a run have the date it was created on, and those of an evaluation its own", async () => {
  let hours = 0;
  const now = () => new Date(Date.UTC(2026, 1, 27, hours));
  const dated = new ScriptedPolicy({
    ...{ name: "dated", weights: arithmeticWeights, contextLength: 256 },
    script: (prompt) => arithmeticScript(prompt.slice(prompt.indexOf("\n") + 1)),
  });
  const asked: string[] = [];
  const generate = dated.generate.bind(dated);
  const policy = Object.assign(dated, {
    tokenizer: {
      ...scriptedTokenizer,
      renderChat: (...[messages, { date = now() } = {}]: Parameters<typeof scriptedTokenizer.renderChat>) =>
        `date: ${date.toISOString().slice(0, 10)}\n${scriptedTokenizer.renderChat(messages)}`,
    },
    generate: (request: Parameters<typeof generate>[0]) => {
      asked.push(...request.prompts.map(({ tokenIds }) => scriptedTokenizer.decode(tokenIds).split("\n")[0]!));
      hours += 24; // the next part of the work is another day's
      return generate(request);
    },
  });
  const tested = await startServices({ policy, now });
  try {
    const { runs, iterations, questions, solutions, evaluations } = tested.services;
    const run = await runs.create({ seed: 3, overrides: smallRun });
    hours += 24;
    const ended = async (operation: Parameters<typeof tested.ended>[0]) => {
      const { state, resources } = await tested.ended(operation);
      expect(state).toBe("completed");
      return resources;
    };
    await ended((await iterations.start({ run: run.id, count: 1 })).operation);
    const proposed = await ended(await questions.propose({ run: run.id, count: 8, seed: 1 }));
    await ended(await solutions.solve({ run: run.id, questions: proposed.slice(0, 2), samples: 2, seed: 2 }));
    expect(asked.length).toBeGreaterThan(100);
    expect(new Set(asked)).toEqual(new Set(["date: 2026-02-27"]));

    asked.length = 0;
    const today = now().toISOString().slice(0, 10);
    const { operation } = await evaluations.start({ benchmarks: ["arithmetic"], limit: 200, greedy: true, seed: 1 });
    await ended(operation);
    expect(new Set(asked)).toEqual(new Set([`date: ${today}`]));
  } finally {
    await tested.remove();
  }
});
