/** The examples as processes of their own: the service tests each as a verifier, and asks it as the judge of an evaluation. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ServicesUnderTest, startServices } from "../support/services-under-test.ts";

let tested: ServicesUnderTest;
let child: ChildProcess | null = null;
beforeEach(async () => {
  tested = await startServices();
});
afterEach(async () => {
  child?.kill();
  await tested.remove();
});

/** A port nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Resolves when it listens. */
async function startExample(language: string, file: string, port: number, secret: string): Promise<void> {
  const command = language === "Python" ? ["python3", file] : [process.execPath, "--import", "tsx", file];
  const started = spawn(command[0]!, [...command.slice(1), String(port)], { env: { ...process.env, SECRET: secret } });
  child = started;
  await new Promise<void>((ready, failed) => {
    started.stdout.once("data", () => ready());
    started.once("exit", () => failed(new Error("the example ended")));
  });
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;
const examples: [string, string, boolean][] = [
  ["TypeScript", "examples/typescript/evaluator.ts", true],
  ["Python", "examples/python/evaluator.py", hasPython],
];
for (const [language, file, runs] of examples) {
  test.skipIf(!runs)(
    `the example in ${language}${runs ? "" : " (skipped: no python3)"}`,
    { timeout: 30_000 },
    async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/`;
      const { evaluator, secret } = tested.services.evaluators.create({ kind: "verifier", url });
      await startExample(language, file, port, secret);
      const call = await tested.services.evaluators.test(evaluator.id);
      expect(call.error).toBeNull();
      expect(call.verdicts).toEqual([{ verdict: "accept", score: 1, reasons: ["a number"] }]);
      const unsigned = await fetch(evaluator.url, { method: "POST", body: call.body });
      expect(unsigned.status).toBe(401);

      // A secret of its own: the same process, started again.
      child!.kill();
      const { evaluator: judge, secret: judgeSecret } = tested.services.evaluators.create({ kind: "judge", url });
      await startExample(language, file, port, judgeSecret);
      const { operation, evaluations } = await tested.services.evaluations.start({
        benchmarks: ["arithmetic"],
        samples: 4,
        limit: 30,
        seed: 3,
        judge: { evaluator: judge.id },
      });
      expect((await tested.ended(operation)).error).toBeNull();
      const { agreement } = tested.services.evaluations.get(evaluations[0]!.id).summary!.judge!;
      expect(agreement).toMatchObject({ errors: 0, onlyRule: 0, onlyJudge: 0, agreement: 1 });
      expect(agreement.bothRight).toBeGreaterThan(0);
      expect(agreement.bothWrong).toBeGreaterThan(0);
    },
  );
}
