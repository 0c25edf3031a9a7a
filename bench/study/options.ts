/** What `npm run study` can be told. */
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { withChanges } from "../../src/rzero/deep-partial.ts";
import { integer, override } from "../demo/options.ts";
import { eachAlone, leaveOneOut, type Variant } from "./grid.ts";

export interface StudyOptions {
  readonly name: string;
  readonly variants: readonly Variant[];
  readonly seeds: readonly number[];
  readonly iterations: number;
  readonly model: string;
  /** Runs at once, each in a service of its own with `threads`. */
  readonly parallel: number;
  readonly threads: number;
  /** What the study leaves: results, table, figures. */
  readonly folder: string;
  /** Databases and checkpoints of runs under way. */
  readonly data: string;
  readonly json: boolean;
  /** Only says which cells there are. */
  readonly plan: boolean;
  /** Only writes up the finished ones. */
  readonly report: boolean;
  /** A service that runs already; its runs stay in it. */
  readonly url: string | null;
  /** The command, for the report. */
  readonly command: string;
}

const list = (text: string): string[] => text.split(",").filter((part) => part !== "");

function seeds(text: string): number[] {
  const values = list(text).map(Number);
  if (values.length > 0 && values.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)) return values;
  throw new InvalidArgumentError("Expected unsigned 32-bit integers, e.g. 1,2,3.");
}

/** `lower rate=paper solver.learningRate=1e-4 solver.steps=30` */
function variant(text: string, earlier: readonly Variant[]): Variant[] {
  const match = /^([^=]+)=(\S+)((?:\s+\S+)*)$/.exec(text.trim());
  if (match === null)
    throw new InvalidArgumentError("Expected name=preset path=value ..., e.g. slow=paper solver.steps=30.");
  const [, name, preset, settings] = match as unknown as [string, string, string, string];
  const overrides = settings
    .split(/\s+/)
    .filter(Boolean)
    .reduce((tree, setting) => override(setting, tree), {});
  return [...earlier, { name, preset, overrides }];
}

function safeName(text: string): string {
  if (/^[a-z0-9][a-z0-9.-]{0,60}$/.test(text)) return text;
  throw new InvalidArgumentError("Expected lower-case letters, digits, dots and dashes.");
}

/** The command line. Its own refusals and `--help` leave through commander; `onExit` replaces ending the process. */
export function parseOptions(argv: readonly string[], onExit?: (error: Error) => never): StudyOptions {
  const command = new Command("npm run study --")
    .description(
      "Runs recipes x seeds through the service and compares them, iteration by iteration. Goes on where it stopped.",
    )
    .requiredOption("--name <name>", "of the study; results go to bench/studies/<name>", safeName)
    .option("--presets <names>", "presets to compare, separated by commas", list, [])
    .option("--variant <text>", "name=preset path=value ..., may be repeated", variant, [])
    .option("--leave-one-out", "also `stable` without each of its parts", false)
    .option("--each-alone", "also `paper` with each part of `stable` alone", false)
    .option("--set <path=value>", "a setting of all variants, may be repeated", override, {})
    .option("--seeds <numbers>", "seeds of each variant", seeds, [1, 2, 3, 4, 5])
    .option("--iterations <n>", "iterations of each run", integer(1, 100), 10)
    .option("--model <name>", "base model", "abacus")
    .option("--parallel <n>", "runs side by side", integer(1, 64), 2)
    .option("--threads <n>", "threads of each run", integer(1, 256), 1)
    .option("--out <folder>", "where results go instead")
    .option("--data <folder>", "where runs under way keep their data (data/study-<name>)")
    .option("--url <address>", "use a service that is running already")
    .option("--plan", "say which runs there are, and which are done", false)
    .option("--report", "only write up the runs that are finished", false)
    .option("--json", "print the summary as one JSON line at the end of stdout", false);
  if (onExit !== undefined) command.exitOverride(onExit).configureOutput({ writeErr: () => undefined });
  const given = command.parse([...argv], { from: "user" }).opts();
  const common = given.set as Variant["overrides"];
  const withCommon = (named: Variant): Variant => ({ ...named, overrides: withChanges(named.overrides, common) });
  const variants = [
    ...(given.presets as string[]).map((preset) => ({ name: preset, preset, overrides: common })),
    ...(given.variant as Variant[]).map(withCommon),
    ...(given.leaveOneOut ? leaveOneOut(given.model, common) : []),
    ...(given.eachAlone ? eachAlone(common) : []),
  ];
  if (variants.length === 0)
    command.error("error: nothing to study; name --presets, --variant, --leave-one-out or --each-alone");
  return {
    name: given.name,
    variants,
    seeds: given.seeds,
    iterations: given.iterations,
    model: given.model,
    parallel: given.parallel,
    threads: given.threads,
    folder: given.out ?? join("bench", "studies", given.name),
    data: given.data ?? join("data", `study-${given.name}`),
    json: given.json,
    plan: given.plan,
    report: given.report,
    url: given.url ?? null,
    command: ["npm run study --", ...argv.filter((each) => each !== "--report").map(quoted)].join(" "),
  };
}

const quoted = (text: string): string => (/^[\w.,:=/@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
