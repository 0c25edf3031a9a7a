/** `npm run study`: recipes x seeds through the service, compared. Ends what it started, however it ends. */
import { resolve } from "node:path";
import { DemoError } from "../demo/demo-error.ts";
import { parseOptions } from "./options.ts";
import { planOf, runStudy } from "./study.ts";

const options = parseOptions(process.argv.slice(2));
const stream = options.json ? process.stderr : process.stdout;
const say = (text: string): void => {
  stream.write(`${text}\n`);
};
const interrupt = new AbortController();
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => {
    process.exitCode = status;
    interrupt.abort(new DemoError(`interrupted by ${signal}; the same command goes on from here`));
  });
}

if (options.plan) {
  for (const { cell, key, done } of planOf(options)) {
    say(`${done ? "done" : "    "}  ${key}  ${cell.variant.name}, seed ${cell.seed}`);
  }
} else {
  try {
    const summary = await runStudy({ options, signal: interrupt.signal, now: () => new Date(), say });
    say(`results  ${resolve(options.folder)}`);
    if (options.json) process.stdout.write(`${JSON.stringify({ name: options.name, ...summary })}\n`);
  } catch (error) {
    process.stderr.write(`study: ${error instanceof DemoError ? error.message : (error as Error).stack}\n`);
    process.exitCode ||= 1;
  }
}
