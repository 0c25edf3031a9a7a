/**
 * Runs the operations of one lane, one at a time and in order. What interrupts the one that works is an order of somebody,
 * the shutdown, or the disk: then it waits until storage works again.
 */
import type { OperationLane } from "../curriculum/operation-lanes.ts";
import type { Environment } from "./environment.ts";
import type { EventLog } from "./event-log.ts";
import { failureOf } from "./failures.ts";
import type { OperationHandlers } from "./operation-handler.ts";
import type { OperationMoves, OperationWorld } from "./operation-moves.ts";
import { isStorageTrouble } from "./storage-trouble.ts";
import { StorageWait } from "./storage-wait.ts";

/** Why work is to end: it goes on at its next turn, it waits for somebody, it is over. A later one replaces those before it here. */
const ORDERS = ["suspend", "pause", "cancel"] as const;
type Order = (typeof ORDERS)[number];

interface Running {
  readonly id: string;
  readonly abort: AbortController;
  order: Order | null;
}

export class OperationRunner {
  readonly #lane: OperationLane;
  readonly #environment: Environment;
  readonly #events: EventLog;
  readonly #handlers: OperationHandlers;
  readonly #moves: OperationMoves;
  readonly #storage: StorageWait;
  #running: Running | null = null;
  #draining: Promise<void> | null = null;
  #stopping = false;

  constructor(lane: OperationLane, { environment, events, handlers }: OperationWorld, moves: OperationMoves) {
    this.#lane = lane;
    this.#environment = environment;
    this.#events = events;
    this.#handlers = handlers;
    this.#moves = moves;
    this.#storage = new StorageWait(environment.log, () => this.start());
  }

  /** Queues what a killed process left running, then goes on with what is queued. */
  start(): void {
    for (const operation of this.#environment.curriculum.operations.unfinished(this.#lane)) {
      if (operation.state === "running") this.#moves.suspend(operation);
    }
    this.drain();
  }

  /** Works until nothing is left to do; called whenever there may be something. */
  drain(): void {
    if (this.#draining !== null || this.#stopping || this.#storage.waiting) return;
    this.#draining = this.#runAll().finally(() => {
      this.#draining = null;
    });
    this.#draining.catch((error: unknown) => this.#storage.after(error));
  }

  /** Tells the operation that works, if it is this one, to end. */
  interrupt(id: string, order: Order): void {
    const running = this.#running;
    if (running?.id !== id) return;
    if (running.order === null || ORDERS.indexOf(order) > ORDERS.indexOf(running.order)) running.order = order;
    running.abort.abort();
  }

  /** Takes an order to pause back that was not followed yet; false where there is none. */
  withdrawPause(id: string): boolean {
    if (this.#running?.id !== id || this.#running.order !== "pause") return false;
    this.#running.order = "suspend";
    return true;
  }

  /** Suspends the operation that works and starts no other. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#storage.stop();
    if (this.#running !== null) this.interrupt(this.#running.id, "suspend");
    await this.#settled();
  }

  /** Resolves when nothing runs, and nothing that may run is queued. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#settled();
  }

  /** What is being worked on is over, also where its end could not be stored. */
  async #settled(): Promise<void> {
    await this.#draining?.catch(() => undefined);
  }

  async #runAll(): Promise<void> {
    // Not in the caller's turn: whoever submits sees the operation queued.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#stopping && !this.#storage.waiting) {
      const next = this.#environment.curriculum.operations.next(this.#lane);
      if (next === null) return;
      await this.#run(next.id);
    }
  }

  async #run(id: string): Promise<void> {
    const { curriculum, log } = this.#environment;
    const operation = this.#moves.begin(id);
    const running: Running = { id, abort: new AbortController(), order: null };
    this.#running = running;
    try {
      const result = await this.#handlers[operation.kind].run({
        operation,
        signal: running.abort.signal,
        emit: (type, data) => this.#events.append(id, type, data),
        progress: (progress) => curriculum.operations.setProgress(id, progress),
        setResources: (ids) => curriculum.operations.setResources(id, ids),
      });
      this.#moves.end(operation, "completed", { result: result ?? null });
      this.#storage.over();
    } catch (error) {
      if (running.order === "cancel") this.#moves.end(operation, "cancelled");
      else if (running.order === "pause") this.#moves.pause(operation);
      else if (running.order === "suspend") this.#moves.suspend(operation);
      else if (isStorageTrouble(error) && this.#moves.maySuspend(id)) {
        this.#moves.suspend(operation);
        this.#storage.after(error);
      } else {
        log.error({ err: error, operation: id, run: operation.runId }, `operation ${operation.kind} failed`);
        this.#moves.end(operation, "failed", { error: failureOf(error) });
      }
    } finally {
      this.#running = null;
    }
  }
}
