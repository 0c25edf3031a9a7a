/**
 * The benchmarks there are: the table's where their files lie under the configured folder, YAML files beside them, and the
 * domains' held-out sets, which need no file. Names come from requests and are looked up, never joined to a path unread.
 */
import { access, readdir, readFile } from "node:fs/promises";
import { basename, join, resolve, sep } from "node:path";
import type { Domain } from "../domains/domain.ts";
import type { Grader } from "../grading/grader.ts";
import { type AnswerRuleName, answerRules } from "./answer-rules.ts";
import { type Benchmark, BenchmarkError, type BenchmarkItem, type MetricName } from "./benchmark.ts";
import { BENCHMARKS, type BenchmarkRow, type ReadItem } from "./benchmark-table.ts";
import { choiceProblem, type OwnBenchmark, readOwnBenchmark } from "./own-benchmark.ts";
import { customPrompt, prompts } from "./prompts.ts";
import { formatOf, readTable } from "./read-table.ts";
import { Row } from "./row.ts";

export interface BenchmarkDescription {
  readonly name: string;
  readonly title: string;
  readonly source: "public" | "own" | "held-out";
  readonly metric: MetricName;
  readonly samples: number;
  /** Can be evaluated now. */
  readonly available: boolean;
  /** Why not: what is expected, and where. Null where it is available. */
  readonly problem: string | null;
}

export interface BenchmarkLibrary {
  /** By name. */
  list(): Promise<readonly BenchmarkDescription[]>;
  /** Throws BenchmarkError. */
  find(name: string): Promise<Benchmark>;
}

/** Questions of a held-out set, at most. */
const HELD_OUT = 10_000;
const OWN_FILE = /^([a-z0-9][a-z0-9._-]{0,99})\.ya?ml$/;

export function createBenchmarkLibrary(options: {
  readonly directory: string;
  readonly domains: readonly Domain[];
  readonly grader: Grader;
}): BenchmarkLibrary {
  const { directory, domains } = options;
  const rules = answerRules(options.grader);
  const rows: ReadonlyMap<string, BenchmarkRow> = new Map(Object.entries(BENCHMARKS));
  const heldOut = domains.filter((domain) => domain.heldOut(1).length > 0);

  const ownFiles = async (): Promise<ReadonlyMap<string, string>> => {
    const files = await readdir(directory).catch(() => []);
    return new Map(files.flatMap((file) => (OWN_FILE.exec(file) ? [[OWN_FILE.exec(file)![1]!, file] as const] : [])));
  };

  const publicOne = async (name: string, row: BenchmarkRow): Promise<Benchmark> => {
    for (const file of row.files) {
      const path = join(directory, name, file);
      if (!(await exists(path))) continue;
      return {
        name,
        title: row.title,
        ...standards(row),
        rule: rules[row.answer],
        messages: prompts[row.prompt],
        load: () => itemsOf(name, path, row.answer, (each) => row.read(each)),
      };
    }
    throw new BenchmarkError("missing-data", name, missing(name, row));
  };

  const ownOne = async (name: string, file: string): Promise<Benchmark> => {
    const own = await readOwn(name, join(directory, file));
    const table = own.file === undefined ? null : inside(name, directory, own.file);
    if (table !== null && !(await exists(table))) {
      throw new BenchmarkError("missing-data", name, `${file} names ${own.file}, which is not beside it`);
    }
    return {
      name,
      title: own.title ?? name,
      ...standards(own),
      rule: rules[own.answer],
      messages: typeof own.prompt === "string" ? prompts[own.prompt] : customPrompt(own.prompt),
      load: () =>
        table === null
          ? Promise.resolve(own.items!.map((item, index) => itemOf({ ...item, reference: item.answer }, index)))
          : itemsOf(name, table, own.answer, (row) => readColumns(row, own.columns!)),
    };
  };

  const heldOutOne = (domain: Domain): Benchmark => ({
    name: domain.name,
    title: `held-out questions of ${domain.name}`,
    metric: "meanAtK",
    samples: 8,
    maxTokens: 4096,
    rule: { extract: (completion) => domain.extractAnswer(completion), grader: domain.grader },
    messages: ({ question }) => domain.solverMessages(question),
    load: async () =>
      domain
        .heldOut(HELD_OUT)
        .map(({ id, question, answer: reference, skill }) => ({ id, question, reference, skill, choices: null })),
  });

  const find = async (name: string): Promise<Benchmark> => {
    const row = rows.get(name);
    if (row !== undefined) return publicOne(name, row);
    const domain = heldOut.find((each) => each.name === name);
    if (domain !== undefined) return heldOutOne(domain);
    const own = await ownFiles();
    const file = own.get(name);
    if (file !== undefined) return ownOne(name, file);
    const known = [...rows.keys(), ...heldOut.map((each) => each.name), ...own.keys()].sort().join(", ");
    throw new BenchmarkError(
      "unknown-benchmark",
      name,
      `there is no benchmark ${JSON.stringify(name)}; there are ${known}`,
    );
  };

  const describe = async (
    name: string,
    source: BenchmarkDescription["source"],
    standard: Pick<BenchmarkDescription, "title" | "metric" | "samples">,
  ): Promise<BenchmarkDescription> => {
    try {
      const { title, metric, samples } = await find(name);
      return { name, source, title, metric, samples, available: true, problem: null };
    } catch (error) {
      if (!(error instanceof BenchmarkError)) throw error;
      return { name, source, ...standard, available: false, problem: error.message };
    }
  };

  return {
    find,
    list: async () => {
      const own = [...(await ownFiles()).keys()].filter(
        (name) => !rows.has(name) && !heldOut.some((each) => each.name === name),
      );
      const described = await Promise.all([
        ...[...rows].map(([name, { title, metric, samples }]) => describe(name, "public", { title, metric, samples })),
        ...heldOut.map((domain) =>
          describe(domain.name, "held-out", { title: domain.name, metric: "meanAtK", samples: 8 }),
        ),
        ...own.map((name) => describe(name, "own", { title: name, metric: "greedy", samples: 0 })),
      ]);
      return described.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

type Standards = Pick<Benchmark, "metric" | "samples" | "maxTokens">;
const standards = ({ metric, samples, maxTokens }: Standards): Standards => ({ metric, samples, maxTokens });

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Relative to the folder: where that is, the operator knows. */
function missing(name: string, { title, repository, files, columns }: BenchmarkRow): string {
  const places = files.map((file) => `${name}/${file}`).join(" or ");
  const held = Object.entries(columns).map(([column, kind]) => `${column} (${kind})`);
  return `the data of ${title} is not there: expected ${places} under RZERO_BENCHMARKS_DIR, as in the dataset ${repository} on Hugging Face, with columns ${held.join(", ")}`;
}

async function readOwn(name: string, path: string): Promise<OwnBenchmark> {
  try {
    return readOwnBenchmark(await readFile(path, "utf8"));
  } catch (error) {
    throw new BenchmarkError("invalid-data", name, `${basename(path)}: ${(error as Error).message}`);
  }
}

function inside(name: string, directory: string, file: string): string {
  const path = resolve(directory, file);
  if (path.startsWith(resolve(directory) + sep) && formatOf(file) !== null) return path;
  throw new BenchmarkError(
    "invalid-data",
    name,
    `file: ${JSON.stringify(file)} must be a .jsonl, .csv or .parquet file beside it`,
  );
}

async function itemsOf(
  name: string,
  path: string,
  answer: AnswerRuleName,
  read: (row: Row) => ReadItem,
): Promise<readonly BenchmarkItem[]> {
  try {
    const rows = await readTable(path, formatOf(path)!);
    if (rows.length === 0) throw new Error("it has no rows");
    return rows.map((cells, index) => {
      const item = itemOf(read(new Row(cells, index + 1)), index);
      const problem = answer === "choice" ? choiceProblem(item.choices ?? undefined, item.reference) : null;
      if (problem !== null) throw new Error(`row ${index + 1}: ${problem.field} ${problem.message}`);
      return item;
    });
  } catch (error) {
    throw new BenchmarkError("invalid-data", name, `${basename(path)}: ${(error as Error).message}`);
  }
}

const readColumns = (row: Row, columns: NonNullable<OwnBenchmark["columns"]>): ReadItem => ({
  question: row.text(columns.question),
  reference: row.text(columns.answer),
  ...(columns.id !== undefined && { id: row.optional(columns.id) }),
  ...(columns.skill !== undefined && { skill: row.optional(columns.skill) }),
  ...(columns.choices !== undefined && { choices: row.texts(columns.choices) }),
});

const itemOf = ({ id, question, reference, skill, choices }: ReadItem, index: number): BenchmarkItem => ({
  id: id ?? String(index + 1),
  question,
  reference,
  skill: skill ?? "all",
  choices: choices ?? null,
});
