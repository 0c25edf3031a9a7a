/** The operation that runs iterations: one after the other, and what is left of them when one does not finish. */
import { datedPolicy } from "../policy/dated-policy.ts";
import type { Failure, Iteration, Operation, OperationProgress, PhaseKind } from "../records/records.ts";
import { type Environment, timestamp } from "./environment.ts";
import { domainOf } from "./find-domain.ts";
import { runIteration } from "./iteration.ts";
import type { OperationHandler, Work } from "./operation-handler.ts";
import { ProgressMeter, plannedUnits } from "./progress-meter.ts";
import { pruneCheckpoints } from "./retention.ts";
import { createSampler } from "./sampler.ts";
import { isStorageTrouble } from "./storage-trouble.ts";

const PHASES: readonly PhaseKind[] = ["challenger", "pool", "votes", "solver", "evaluate"];

export function iterationOperation(environment: Environment): OperationHandler {
  return {
    run: (work) => runIterations(environment, work),
    rewind: (operation) => discardHalfMade(environment, operation),
    abandon: (operation, state, failure) => abandonIterations(environment, operation, state, failure),
  };
}

async function runIterations(environment: Environment, work: Work): Promise<unknown> {
  const { curriculum, weights, log } = environment;
  const queued = curriculum.iterations.ofOperation(work.operation.id);
  const policy = await environment.policy.get();
  const sampler = createSampler(policy, weights, log);
  const meter = meterOf(environment, work, queued);
  for (const [index, { id, runId }] of queued.entries()) {
    // As it is by now: an iteration before may have stopped the run.
    const { state } = curriculum.iterations.get(id);
    if (state === "completed" || state === "cancelled") continue;
    work.signal.throwIfAborted();
    const run = curriculum.runs.get(runId);
    const { startFrom } = run.config.challenger;
    const challenger = curriculum.checkpoints.get(
      startFrom === "solver" ? run.solverCheckpointId : run.challengerCheckpointId,
    );
    const solver = curriculum.checkpoints.get(run.solverCheckpointId);
    if (state === "queued") {
      curriculum.transaction(() => {
        curriculum.iterations.update(id, { challengerFrom: challenger.id, solverFrom: solver.id });
        const { number } = curriculum.iterations.setState(id, "running", timestamp(environment));
        work.emit("iteration.started", { iteration: number, iterationId: id });
      });
    }
    const iteration = curriculum.iterations.get(id);
    const held = [challenger, solver].map(({ digest }) => weights.hold(digest as `sha256:${string}`));
    try {
      const finished = await runIteration({
        environment,
        work,
        policy: datedPolicy(policy, run.createdAt),
        sampler,
        domain: domainOf(environment, run.domain),
        run,
        iteration,
        ordinal: index + 1,
        challenger,
        solver,
        meter,
      });
      environment.telemetry.record({ kind: "iteration-made", iteration: finished });
      await pruneCheckpoints(environment, runId);
    } finally {
      for (const release of held) release();
    }
  }
  const [stopped] = curriculum.iterations
    .ofOperation(work.operation.id)
    .flatMap(({ error }) => (error?.code === "stopped" ? error.message : []));
  return { iterations: queued.map(({ id }) => id), ...(stopped === undefined ? {} : { stopped }) };
}

function meterOf(environment: Environment, work: Work, iterations: readonly Iteration[]): ProgressMeter {
  const { curriculum } = environment;
  const run = curriculum.runs.get(iterations[0]!.runId);
  const { questions } = run.config.evaluation;
  const units = plannedUnits(run.config, domainOf(environment, run.domain).heldOut(questions).length);
  const plan = iterations.map((_, index) => {
    const base: readonly PhaseKind[] = index === 0 && run.baseEvaluation === null ? ["evaluate-base"] : [];
    return [...base, ...PHASES].map((phase) => ({ phase, units: units[phase] }));
  });
  return new ProgressMeter(plan, environment.now, (progress: OperationProgress) => {
    try {
      work.progress(progress);
      work.emit("progress", { ...progress });
    } catch (error) {
      // What is only told may be lost; what is made says for itself that it cannot be stored.
      if (!isStorageTrouble(error)) throw error;
    }
  });
}

/** What is finished stays: whole iterations, whole phases, whole steps and their checkpoints. Rows written since go. */
function discardHalfMade({ curriculum }: Environment, operation: Operation): void {
  for (const { id, runId, state } of curriculum.iterations.ofOperation(operation.id)) {
    if (state !== "running") continue;
    for (const phase of curriculum.phases.ofIteration(id)) {
      if (phase.state !== "running") continue;
      curriculum.discardMadeAfter(runId, curriculum.steps.ofPhase(phase.id).at(-1)?.id ?? phase.id);
    }
  }
}

/**
 * The running phase and iteration end as the operation does, and iterations that never began are cancelled. The run's
 * heads have not moved.
 */
function abandonIterations(
  environment: Environment,
  operation: Operation,
  state: "failed" | "cancelled",
  failure: Failure,
): void {
  const { curriculum } = environment;
  const at = timestamp(environment);
  discardHalfMade(environment, operation);
  for (const { id, state: current } of curriculum.iterations.ofOperation(operation.id)) {
    if (current === "queued") curriculum.iterations.setState(id, "cancelled", at);
    if (current !== "running" && current !== "paused") continue;
    for (const phase of curriculum.phases.ofIteration(id)) {
      if (phase.state === "running") curriculum.phases.setState(phase.id, state, at);
    }
    curriculum.iterations.setState(id, state, at, state === "failed" ? failure : undefined);
  }
}
