/** What a run came to, as it must not depend on how often it was interrupted. Ids, times and speeds are left out. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Curriculum } from "../../src/curriculum/curriculum.ts";
import type { OperationEvent, StepMetrics } from "../../src/records/records.ts";

export interface Outcome {
  /** With the error, where there is one. */
  readonly state: string;
  /** Digest of the weights after every step, by iteration and role. */
  readonly weights: readonly string[];
  /** Where both heads of the run stand. */
  readonly heads: readonly string[];
  /** Types of the events in order with what they are about; progress and resumptions left out. */
  readonly events: readonly string[];
  /** Events whose number does not follow from the one before: gaps and duplicates. */
  readonly eventsOutOfOrder: number;
  readonly questions: readonly string[];
  /** Tokens, rewards and advantages of every rollout a step trained on. */
  readonly trainedOn: readonly string[];
  readonly metrics: readonly unknown[];
}

const EVENTS_AT_ONCE = 500;

export function outcomeOf(curriculum: Curriculum, operationId: string): Outcome {
  const operation = curriculum.operations.get(operationId);
  const run = curriculum.runs.get(operation.runId!);
  const iterations = curriculum.iterations.ofOperation(operationId);
  const steps = iterations.flatMap(({ id }) => curriculum.steps.ofIteration(id));
  const events = eventsOf(curriculum, operationId);
  const digest = (id: string) => curriculum.checkpoints.get(id).digest;
  return {
    state: operation.error === null ? operation.state : `${operation.state}: ${operation.error.message}`,
    weights: steps.map(({ role, number, weightsAfter }) => `${role} ${number} ${weightsAfter}`),
    heads: [digest(run.challengerCheckpointId), digest(run.solverCheckpointId)],
    events: events
      .filter(({ type }) => type !== "progress" && type !== "operation.resumed")
      .map(({ type, data: { iteration, phase, role, number } }) =>
        [type, iteration, phase, role, number].filter((word) => word !== undefined).join(" "),
      ),
    eventsOutOfOrder: events.filter(({ sequence }, index) => sequence !== index + 1).length,
    questions: iterations.flatMap(({ id }) =>
      curriculum.questions
        .ofIteration(id)
        .map(({ phaseKind, text, state, pseudoLabel, majorityShare }) =>
          JSON.stringify([phaseKind, text, state, pseudoLabel, majorityShare]),
        ),
    ),
    trainedOn: steps.flatMap(({ id, metrics }) => [
      JSON.stringify(withoutSpeeds(metrics)),
      ...curriculum.rollouts
        .ofStep(id)
        .map(({ tokenIds, reward, advantage }) => JSON.stringify([tokenIds, reward, advantage])),
    ]),
    metrics: iterations.map(({ metrics }) => metrics),
  };
}

function eventsOf({ events }: Curriculum, operationId: string): readonly OperationEvent[] {
  const all: OperationEvent[] = [];
  for (;;) {
    const page = events.after(operationId, all.at(-1)?.sequence ?? 0, EVENTS_AT_ONCE);
    all.push(...page);
    if (page.length < EVENTS_AT_ONCE) return all;
  }
}

const withoutSpeeds = ({ sampledTokensPerSecond, trainedTokensPerSecond, ...metrics }: StepMetrics) => metrics;

/** The parts of two outcomes that differ, each with the first difference. */
export function differences(expected: Outcome, found: Outcome): readonly string[] {
  return (Object.keys(expected) as (keyof Outcome)[]).flatMap((part) => {
    const [left, right] = [expected[part], found[part]].map((value) =>
      [value].flat().map((item) => JSON.stringify(item)),
    );
    const at = Array.from({ length: Math.max(left!.length, right!.length) }, (_, i) => i).find(
      (i) => left![i] !== right![i],
    );
    return at === undefined ? [] : [`${part}[${at}]: ${left![at] ?? "nothing"} became ${right![at] ?? "nothing"}`];
  });
}

/** Folders without a row, and rows without a folder. */
export function strayCheckpoints(curriculum: Curriculum, dataDirectory: string): readonly string[] {
  const folder = join(dataDirectory, "checkpoints");
  const folders = existsSync(folder) ? readdirSync(folder) : [];
  const { data } = curriculum.checkpoints.list({ limit: 200, after: null }, {});
  const rows = data.map(({ directory }) => directory).filter((directory) => directory !== "");
  return [
    ...folders.filter((name) => !rows.includes(`checkpoints/${name}`)),
    ...rows.filter((directory) => !folders.includes(directory.replace("checkpoints/", ""))),
  ];
}
