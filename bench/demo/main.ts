/** `npm run demo`: the service, three iterations, a table and a report. Ends what it started, however it ends. */
import { resolve } from "node:path";
import { quoted } from "./command-line.ts";
import { runDemo } from "./demo.ts";
import { DemoError } from "./demo-error.ts";
import { type DemoOptions, parseOptions } from "./options.ts";
import { resultJson, resultTable, verdict } from "./result.ts";
import { ServiceClient } from "./service-client.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import type { WireRun } from "./wire.ts";
import { duration } from "./wording.ts";

/** What a shell expects of a program that a signal ended: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

class Interrupted extends Error {
  readonly status: number;
  constructor(signal: keyof typeof SIGNALS) {
    super(`interrupted by ${signal}`);
    this.status = SIGNALS[signal];
  }
}

const options = parseOptions(process.argv.slice(2), new Date());
const stream = options.json ? process.stderr : process.stdout;
const say = (text: string): void => {
  stream.write(`${text}\n`);
};
const interrupt = new AbortController();
for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
  process.on(signal, () => interrupt.abort(new Interrupted(signal)));
}

let service: ServiceProcess | null = null;
let run: WireRun | null = null;
try {
  service = options.url === null ? await ownService(options) : null;
  const signal = service === null ? interrupt.signal : AbortSignal.any([interrupt.signal, service.ended]);
  const apiKey = process.env.DEMO_API_KEY;
  const client = new ServiceClient(service?.url ?? options.url!, {
    signal,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const { result, failure } = await runDemo({
    options,
    client,
    stream,
    signal,
    now: () => new Date(),
    onRun: (made) => {
      run = made;
    },
  });
  await service?.stop();
  say(`\n${resultTable(result)}\n${verdict(result)} Everything took ${duration(result.seconds)}.`);
  say(`report   ${resolve(options.report)}`);
  say(howToLook(options, result.run));
  if (failure !== null) throw failure;
  if (options.json) process.stdout.write(`${resultJson(result, resolve(options.report))}\n`);
} catch (error) {
  if (error instanceof Interrupted && service !== null) say("\nending the service; it finishes the step it is in");
  await service?.stop();
  process.exitCode = explain(error);
}

async function ownService({ folder, port, model }: DemoOptions): Promise<ServiceProcess> {
  say(`starting the service; its log is ${resolve(folder, "service.log")}`);
  const own = await startService({ folder, port, model: model ?? "abacus" }, interrupt.signal);
  say(`${own.url} (process ${own.pid})`);
  return own;
}

/** The exit status. */
function explain(error: unknown): number {
  if (error instanceof Interrupted) {
    say(`\n${error.message}${service === null ? "" : "; the service has ended too"}`);
    if (run !== null) say(howToLook(options, run));
    return error.status;
  }
  const text = error instanceof DemoError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`\ndemo: ${text}\n`);
  if (service !== null) process.stderr.write(`the service's log is ${service.log}\n`);
  return 1;
}

function howToLook({ url, folder, model }: DemoOptions, { id }: WireRun): string {
  if (url !== null) return `look at  curl '${url}/v1/iterations?run=${id}'`;
  const named = model === null ? "" : ` RZERO_MODEL=${quoted(model)}`;
  return [
    `look at  RZERO_DATA_DIR=${quoted(resolve(folder))}${named} npm start`,
    `         curl 'http://127.0.0.1:8080/v1/iterations?run=${id}'`,
  ].join("\n");
}
