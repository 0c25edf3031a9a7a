/** One job at a time, each with stored and live events; a gate lets a test hold the work where it wants it. */
import { EventEmitter, once } from "node:events";
import { hasEnded } from "../../../routes/edge/prefer.ts";
import type { EventType, JobState, Operation, OperationEvent, OperationKind } from "../../../src/records/records.ts";
import { type OperationService, ServiceError } from "../../../src/training/services.ts";
import { Table } from "./tables.ts";

export interface Job {
  readonly operationId: string;
  /** Throws when the job was cancelled; passes when the gate is open. */
  checkpoint(): Promise<void>;
  emit(type: EventType, data: Record<string, unknown>): void;
}

export type Work = (job: Job) => Promise<{ resources: readonly string[]; result: unknown }>;

const terminal = new Set<EventType>(["operation.completed", "operation.failed", "operation.cancelled"]);

export class InMemoryOperations implements OperationService {
  readonly table = new Table<Operation>("operation", "op");
  readonly #now: () => string;
  readonly #events = new Map<string, OperationEvent[]>();
  readonly #bus = new EventEmitter().setMaxListeners(0);
  #queue: Promise<void> = Promise.resolve();
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;
  constructor(now: () => string) {
    this.#now = now;
  }

  /** From here on jobs stop at their next checkpoint, until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
  }

  start(
    kind: OperationKind,
    runId: string | null,
    request: unknown,
    work: Work,
    planned: (operationId: string) => readonly string[] = () => [],
  ): Operation {
    const waiting = this.table.all().filter(({ state }) => state === "queued" || state === "running").length;
    if (waiting >= 3) throw new ServiceError("too-many-queued", `${waiting} operations are waiting; at most 3 may.`);
    const id = this.table.nextId();
    const operation = this.table.put({
      id,
      kind,
      state: "queued",
      runId,
      resources: [],
      request,
      result: null,
      error: null,
      progress: null,
      queuePosition: waiting,
      createdAt: this.#now(),
      startedAt: null,
      finishedAt: null,
    });
    this.#emit(id, "operation.queued", {});
    const queued = this.table.change(id, { resources: planned(operation.id) });
    this.#queue = this.#queue.then(() => this.#run(id, work));
    return queued;
  }

  async #run(id: string, work: Work): Promise<void> {
    if (this.table.get(id).state !== "queued") return;
    this.table.change(id, { state: "running", startedAt: this.#now(), queuePosition: 0 });
    this.#emit(id, "operation.started", {});
    const job: Job = {
      operationId: id,
      checkpoint: async () => {
        await Promise.race([this.#gate, once(this.#bus, `cancel ${id}`)]);
        if (this.table.get(id).state !== "running") throw new ServiceError("cancelled", "Cancelled.");
      },
      emit: (type, data) => this.#emit(id, type, data),
    };
    try {
      const { resources, result } = await work(job);
      this.table.change(id, { resources, result });
      this.#end(id, "completed", null);
    } catch (error) {
      if (error instanceof ServiceError && error.code === "cancelled") return;
      this.#end(id, "failed", { code: "internal", message: String(error) });
    }
  }

  #end(id: string, state: JobState, error: Operation["error"]): void {
    this.table.change(id, { state, error, queuePosition: null, finishedAt: this.#now() });
    this.#emit(id, `operation.${state}` as EventType, error === null ? {} : { ...error });
  }

  #emit(operationId: string, type: EventType, data: Record<string, unknown>): void {
    const stored = this.#events.get(operationId) ?? [];
    const event = { operationId, sequence: stored.length + 1, type, data, createdAt: this.#now() };
    this.#events.set(operationId, [...stored, event]);
    this.#bus.emit(operationId);
  }

  list: OperationService["list"] = (page, { kind, state, run }) =>
    this.table.page(
      page,
      (row) =>
        (kind === undefined || row.kind === kind) &&
        (state === undefined || row.state === state) &&
        (run === undefined || row.runId === run),
    );

  get(id: string): Operation {
    return this.table.get(id);
  }

  async cancel(id: string): Promise<Operation> {
    const { state } = this.table.get(id);
    if (!hasEnded(state)) {
      this.#end(id, "cancelled", null);
      this.#bus.emit(`cancel ${id}`);
    }
    return this.table.get(id);
  }

  async pause(id: string): Promise<Operation> {
    const { state } = this.table.get(id);
    if (hasEnded(state)) throw new ServiceError("conflict", `Operation ${id} is ${state}.`, { value: state });
    if (state !== "paused") {
      this.table.change(id, { state: "paused", queuePosition: null });
      this.#emit(id, "operation.paused", {});
    }
    return this.table.get(id);
  }

  /** The work itself waits at the gate, if anywhere. */
  resume(id: string): Operation {
    const { state, startedAt } = this.table.get(id);
    if (state !== "paused") throw new ServiceError("conflict", `Operation ${id} is ${state}.`, { value: state });
    this.#emit(id, "operation.queued", {});
    return this.table.change(id, { state: startedAt === null ? "queued" : "running", queuePosition: 0 });
  }

  async wait(id: string, seconds: number): Promise<Operation> {
    const timeout = AbortSignal.timeout(seconds * 1000);
    for await (const _ of this.follow(id, 0, timeout));
    return this.table.get(id);
  }

  events(id: string, after: number, limit: number): readonly OperationEvent[] {
    this.table.get(id);
    return (this.#events.get(id) ?? []).filter(({ sequence }) => sequence > after).slice(0, limit);
  }

  async *follow(id: string, after: number, signal: AbortSignal): AsyncIterable<OperationEvent> {
    let last = after;
    while (!signal.aborted) {
      const news = this.events(id, last, 100);
      for (const event of news) {
        yield event;
        last = event.sequence;
        if (terminal.has(event.type)) return;
      }
      if (news.length > 0) continue;
      const state = this.table.get(id).state;
      if (hasEnded(state)) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#bus.off(id, wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#bus.on(id, wake);
        signal.addEventListener("abort", wake);
      });
    }
  }
}
