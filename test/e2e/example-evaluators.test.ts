/** The examples as processes of their own; the service registers and tests each. */
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
      const { evaluator, secret } = tested.services.evaluators.create({
        kind: "verifier",
        url: `http://127.0.0.1:${port}/`,
      });
      const command = language === "Python" ? ["python3", file] : [process.execPath, "--import", "tsx", file];
      child = spawn(command[0]!, [...command.slice(1), String(port)], { env: { ...process.env, SECRET: secret } });
      await new Promise<void>((ready, failed) => {
        child!.stdout!.once("data", () => ready());
        child!.once("exit", () => failed(new Error("the example ended")));
      });
      const call = await tested.services.evaluators.test(evaluator.id);
      expect(call.error).toBeNull();
      expect(call.verdicts).toEqual([{ verdict: "accept", score: 1, reasons: ["a number"] }]);
      const unsigned = await fetch(evaluator.url, { method: "POST", body: call.body });
      expect(unsigned.status).toBe(401);
    },
  );
}
