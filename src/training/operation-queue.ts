/**
 * Every long job: one at a time and in order in each lane (there is one device). What is queued, running, paused or ended is
 * in the database, so a restart goes on: what was running when the process stopped takes back what it left half-made and is
 * queued again, first in the line, since it is the oldest. What is paused stays paused.
 */

import { LANE_OF, LANES, type OperationLane } from "../curriculum/operation-lanes.ts";
import type { Attempt } from "../records/idempotency.ts";
import type { Operation, OperationKind } from "../records/records.ts";
import { timestamp } from "./environment.ts";
import { OperationMoves, type OperationWorld } from "./operation-moves.ts";
import { OperationRunner } from "./operation-runner.ts";
import { ServiceError } from "./services.ts";

export interface NewWork {
  readonly kind: OperationKind;
  readonly runId: string | null;
  readonly request: unknown;
  /** Makes the rows it works on, in the transaction that queues it. Returns their ids. */
  readonly prepare?: (operationId: string) => readonly string[];
  /** Of the request that asks for it. */
  readonly attempt?: Attempt;
}

export class OperationQueue {
  readonly #world: OperationWorld;
  readonly #moves: OperationMoves;
  readonly #runners: Readonly<Record<OperationLane, OperationRunner>>;
  #stopping = false;

  constructor(world: OperationWorld) {
    this.#world = world;
    this.#moves = new OperationMoves(world);
    this.#runners = {
      device: new OperationRunner("device", world, this.#moves),
      disk: new OperationRunner("disk", world, this.#moves),
    };
  }

  /** At start: goes on with what a process left that was stopped or killed. */
  start(): void {
    for (const lane of LANES) this.#runners[lane].start();
  }

  /** What an earlier sending of the same request queued; null where there is nothing yet. */
  queuedBy(attempt: Attempt | undefined): Operation | null {
    const [id] = attempt?.made ?? [];
    return id === undefined ? null : this.#world.environment.curriculum.operations.get(id);
  }

  /** Throws ServiceError `too-many-queued`. */
  submit(work: NewWork): Operation {
    const { environment, events } = this.#world;
    const { curriculum, maxQueued } = environment;
    const { operations } = curriculum;
    if (this.#stopping) throw new ServiceError("conflict", "the service is shutting down");
    const { queued, running } = operations.counts();
    const waiting = queued + running;
    if (waiting >= maxQueued) throw new ServiceError("too-many-queued", `${waiting} operations are waiting already`);
    const id = curriculum.makeId("operation");
    const operation = curriculum.transaction(() => {
      operations.insert({
        id,
        kind: work.kind,
        state: "queued",
        runId: work.runId,
        resources: [],
        request: work.request,
        result: null,
        error: null,
        progress: null,
        createdAt: timestamp(environment),
        startedAt: null,
        finishedAt: null,
      });
      operations.setResources(id, work.prepare?.(id) ?? []);
      work.attempt?.note([id]);
      return operations.get(id);
    });
    events.append(id, "operation.queued", { queuePosition: operation.queuePosition });
    this.#runnerOf(operation).drain();
    return operation;
  }

  /** Queued or paused: ends at once. Running: told to end. Ended: nothing. Returns its state now. */
  cancel(id: string): Operation {
    const operation = this.#get(id);
    const runner = this.#runnerOf(operation);
    if (operation.state === "queued" || operation.state === "paused") {
      this.#moves.end(operation, "cancelled");
      // What waited behind it may begin.
      runner.drain();
    } else runner.interrupt(id, "cancel");
    return this.#get(id);
  }

  /** Queued: stands still at once. Running: told to. Throws CurriculumError `invalid-transition` for one that has ended. */
  pause(id: string): Operation {
    const operation = this.#get(id);
    if (operation.state === "running") this.#runnerOf(operation).interrupt(id, "pause");
    else if (operation.state !== "paused") this.#moves.pause(operation);
    return this.#get(id);
  }

  /** Paused, or told to be: goes on. Throws ServiceError `conflict` for any other. */
  resume(id: string): Operation {
    const operation = this.#get(id);
    const runner = this.#runnerOf(operation);
    if (operation.state === "paused") this.#moves.unpause(id);
    else if (!runner.withdrawPause(id)) {
      throw new ServiceError("conflict", `operation ${id} is ${operation.state}, not paused`, {
        value: operation.state,
      });
    }
    runner.drain();
    return this.#get(id);
  }

  /** Suspends what runs and starts nothing else; all of it goes on at the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(LANES.map((lane) => this.#runners[lane].stop()));
  }

  /** Resolves when nothing runs, and nothing that may run is queued. */
  async idle(): Promise<void> {
    await Promise.all(LANES.map((lane) => this.#runners[lane].idle()));
  }

  #get(id: string): Operation {
    return this.#world.environment.curriculum.operations.get(id);
  }

  #runnerOf({ kind }: Operation): OperationRunner {
    return this.#runners[LANE_OF[kind]];
  }
}
