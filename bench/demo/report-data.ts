/** Everything the report shows, read back from the service. */
import type { FinishedPhase } from "./progress.ts";
import type { Result } from "./result.ts";
import type { ServiceClient } from "./service-client.ts";
import type { WireIteration, WireModel, WireQuestion, WireSolution, WireStep } from "./wire.ts";

export const SAMPLE_KINDS = ["kept", "wrong pseudo-label", "too easy", "too hard", "malformed"] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

export interface SampleQuestion {
  readonly question: WireQuestion;
  /** Null where it was never voted on. */
  readonly solution: WireSolution | null;
}

export interface IterationData {
  readonly iteration: WireIteration;
  readonly steps: readonly WireStep[];
  readonly samples: Readonly<Record<SampleKind, readonly SampleQuestion[]>>;
}

export interface ReportData {
  readonly result: Result;
  /** Finished ones, first to last. */
  readonly iterations: readonly IterationData[];
  readonly phases: readonly FinishedPhase[];
  readonly model: WireModel | null;
  /** What the service says of itself, check by check. */
  readonly service: readonly string[];
  readonly machine: string;
  readonly at: string;
  readonly command: string;
}

export async function readReportData(
  client: ServiceClient,
  result: Result,
  context: Pick<ReportData, "phases" | "machine" | "at" | "command">,
): Promise<ReportData> {
  const { data: iterations } = await client.iterations(result.run.id);
  const { data: models } = await client.models();
  const { checks } = await client.readiness();
  const finished = iterations.filter(({ metrics }) => metrics !== null).sort((a, b) => a.number - b.number);
  const read: IterationData[] = [];
  for (const iteration of finished) {
    const { data: steps } = await client.steps(iteration.id);
    read.push({ iteration, steps, samples: await readSamples(client, iteration.id, result) });
  }
  return {
    ...context,
    result,
    iterations: read,
    model: models.find(({ id }) => id === result.run.model) ?? null,
    service: Object.entries(checks).map(([name, { detail }]) => `${name}: ${detail}`),
  };
}

const SHOWN = {
  kept: 4,
  "wrong pseudo-label": 3,
  "too easy": 2,
  "too hard": 2,
  malformed: 3,
} as const satisfies Record<SampleKind, number>;
const PAGE = 200;
/** Pages that are searched for something rare. */
const PAGES = 10;

async function readSamples(
  client: ServiceClient,
  iteration: string,
  { run }: Result,
): Promise<IterationData["samples"]> {
  const { min, max } = run.config.pool.difficultyBand;
  const outside = (question: WireQuestion) => question.majorityShare ?? Number.NaN;
  // What the Challenger wrote while it was trained belongs to the iteration too; the pool is what was judged.
  const inPool = ({ phaseKind }: WireQuestion) => phaseKind === "pool";
  const find = async (
    kind: SampleKind,
    filter: { state: WireQuestion["state"]; minShare?: number; maxShare?: number },
    wanted: (question: WireQuestion) => boolean,
  ) => {
    const found: WireQuestion[] = [];
    let after: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const { data, nextCursor } = await client.questions({
        iteration,
        ...filter,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      found.push(
        ...data.filter((question) => inPool(question) && wanted(question)).slice(0, SHOWN[kind] - found.length),
      );
      if (nextCursor === null || found.length === SHOWN[kind]) break;
      after = nextCursor;
    }
    return Promise.all(found.map((question) => withVotes(client, question)));
  };
  return {
    kept: await find("kept", { state: "kept" }, ({ labelCorrect }) => labelCorrect !== false),
    "wrong pseudo-label": await find("wrong pseudo-label", { state: "kept" }, (each) => each.labelCorrect === false),
    "too easy": await find("too easy", { state: "outside-band", minShare: max }, (each) => outside(each) > max),
    "too hard": await find("too hard", { state: "outside-band", maxShare: min }, (each) => outside(each) < min),
    malformed: await find("malformed", { state: "malformed" }, () => true),
  };
}

async function withVotes(client: ServiceClient, question: WireQuestion): Promise<SampleQuestion> {
  if (question.majorityShare === null) return { question, solution: null };
  const { data } = await client.solutions(question.id);
  return { question, solution: data[0] ?? null };
}
