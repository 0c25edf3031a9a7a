/** A run to be interrupted, and what must come of it all the same. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Policy } from "../../src/policy/policy.ts";
import type { EventType, Operation, OperationEvent } from "../../src/records/records.ts";
import { openArithmeticPolicy } from "./arithmetic-script.ts";
import type { ServicesUnderTest } from "./services-under-test.ts";

/** Events that tell of interruptions, and of progress, which comes with time. */
const INTERRUPTIONS: readonly EventType[] = ["progress", "operation.queued", "operation.resumed", "operation.paused"];

/** What must not depend on interruptions: weights, rows, and what happened, in order. */
export async function outcome(tested: ServicesUnderTest, operation: Operation) {
  const { services, curriculum } = tested;
  const ended = await tested.ended(operation);
  const events: OperationEvent[] = [];
  for await (const event of services.operations.follow(operation.id, 0, new AbortController().signal))
    events.push(event);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const iterations = curriculum.iterations.ofOperation(operation.id);
  return {
    ended: [ended.state, ended.error],
    happened: events
      .filter(({ type }) => !INTERRUPTIONS.includes(type))
      .map(({ type, data: { phase, role, number, iteration, reward } }) => ({
        type,
        phase,
        role,
        number,
        iteration,
        reward,
      })),
    iterations: iterations.map((iteration) => ({
      state: iteration.state,
      metrics: iteration.metrics,
      weights: [iteration.challengerTo, iteration.solverTo].map((id) => services.checkpoints.get(id!).digest),
      steps: curriculum.steps
        .ofIteration(iteration.id)
        .map(({ role, number, weightsAfter }) => [role, number, weightsAfter]),
      trainedOn: curriculum.steps
        .ofIteration(iteration.id)
        .map(({ id }) =>
          curriculum.rollouts.ofStep(id).map(({ tokenIds, reward, advantage }) => [tokenIds, reward, advantage]),
        ),
      questions: curriculum.questions
        .ofIteration(iteration.id)
        .map(({ text, state, pseudoLabel, majorityShare }) => [text, state, pseudoLabel, majorityShare]),
      phases: curriculum.phases.ofIteration(iteration.id).map(({ kind, state }) => [kind, state]),
    })),
    checkpoints: readdirSync(join(tested.directory, "checkpoints")).length,
  };
}

/** The toy policy that calls `before` ahead of everything it is asked to do; what throws there stops it. */
export function watched(before: () => void): Policy {
  const policy = openArithmeticPolicy();
  const generate = policy.generate.bind(policy);
  const openTrainer = policy.openTrainer.bind(policy);
  policy.generate = (request) => {
    before();
    return generate(request);
  };
  policy.openTrainer = async (weights) => {
    const trainer = await openTrainer(weights);
    const forwardBackward = trainer.forwardBackward.bind(trainer);
    trainer.forwardBackward = (...given) => {
      before();
      return forwardBackward(...given);
    };
    return trainer;
  };
  return policy;
}
