/** What `npm run demo` can be told. */
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";

export interface DemoOptions {
  /** Null: the service's default. */
  readonly preset: string | null;
  readonly iterations: number;
  readonly seed: number;
  /** Null: `abacus` for a service of our own, the service's default with `url`. */
  readonly model: string | null;
  /** Partial RunConfig. */
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  /** Log and report lie here; also the service's data, where it is our own. */
  readonly folder: string;
  readonly report: string;
  /** Of a service of our own; 0 for any free one. */
  readonly port: number;
  /** A service that runs already. */
  readonly url: string | null;
}

export function integer(low: number, high: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected an integer from ${low} to ${high}.`);
  };
}

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError("Expected an http(s) address.");
  return url.href.replace(/\/+$/, "");
}

/** Adds `solver.steps=30` to a tree of overrides; values are JSON where they are, else text. */
export function override(text: string, tree: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const match = /^([A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)=(.+)$/s.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected path=value, e.g. solver.steps=30.");
  const [, path, value] = match as unknown as [string, string, string];
  return withValue(tree, path.split("."), asJson(value));
}

function withValue(
  tree: unknown,
  [key, ...rest]: readonly string[],
  value: unknown,
): Readonly<Record<string, unknown>> {
  const branch = typeof tree === "object" && tree !== null ? (tree as Readonly<Record<string, unknown>>) : {};
  return { ...branch, [key!]: rest.length === 0 ? value : withValue(branch[key!], rest, value) };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `2026-08-22T09-30-00`: sorts by time and is a file name everywhere. */
const stamp = (now: Date): string => now.toISOString().slice(0, 19).replaceAll(":", "-");

/** The command line. Its own refusals and `--help` leave through commander; `onExit` replaces ending the process. */
export function parseOptions(argv: readonly string[], now: Date, onExit?: (error: Error) => never): DemoOptions {
  const command = new Command("npm run demo --")
    .description("Starts the service, runs iterations of R-Zero through its HTTP interface, and shows what came of it.")
    .option("--preset <name>", "recipe, a name of GET /v1/presets (the service's default)")
    .option("--iterations <n>", "iterations to run, 1..100", integer(1, 100), 3)
    .option("--seed <n>", "seed of the run, unsigned 32 bit", integer(0, 0xffff_ffff), 1)
    .option("--model <name>", "base model (abacus)")
    .option(
      "--set <path=value>",
      "override a setting of the recipe, e.g. solver.steps=30; may be repeated",
      override,
      {},
    )
    .option("--json", "print the result as one JSON line on stdout; progress goes to stderr", false)
    .option("--report <file>", "where to write the report (report.html in the data folder)")
    .option("--data <folder>", "where data, log and report are kept (data/demo-<time>)")
    .option("--port <n>", "port of the service on 127.0.0.1, 0 for any free one", integer(0, 65_535), 0)
    .option("--url <address>", "use a service that is running already; its key, if any, in DEMO_API_KEY", httpUrl);
  if (onExit !== undefined) command.exitOverride(onExit).configureOutput({ writeErr: () => undefined });
  const given = command.parse([...argv], { from: "user" }).opts();
  const folder = given.data ?? join("data", `demo-${stamp(now)}`);
  return {
    preset: given.preset ?? null,
    iterations: given.iterations,
    seed: given.seed,
    model: given.model ?? null,
    overrides: given.set,
    json: given.json,
    folder,
    report: given.report ?? join(folder, "report.html"),
    port: given.port,
    url: given.url ?? null,
  };
}
