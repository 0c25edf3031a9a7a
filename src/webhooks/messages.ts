/** Which events of operations are told, and as what. One event, at most one message of each type: nothing is told twice. */
import type { EventType, Operation, OperationEvent } from "../records/records.ts";
import type { WebhookType } from "../records/webhook.ts";

const MESSAGES = {
  "operation.queued": [],
  "operation.started": ["operation.started"],
  "operation.resumed": ["operation.resumed"],
  "operation.paused": ["operation.paused"],
  "operation.completed": ["operation.completed"],
  "operation.failed": ["operation.failed"],
  "operation.cancelled": ["operation.cancelled"],
  "iteration.started": ["iteration.started"],
  "iteration.completed": ["iteration.completed"],
  "phase.started": [],
  // A phase or a step by hand that trained says so: its `checkpoint` is the id of what it made.
  "phase.completed": ["phase.completed", "checkpoint.created"],
  "step.completed": ["step.completed", "checkpoint.created"],
  // Ten times a second, and read better from the event stream.
  progress: [],
} as const satisfies Record<EventType, readonly WebhookType[]>;

/** What an endpoint is told that names nothing: how things ended, and what they left. */
export const USUAL_TYPES: readonly WebhookType[] = [
  "operation.completed",
  "operation.failed",
  "operation.cancelled",
  "iteration.completed",
  "checkpoint.created",
];

export function typesOf({ type, data }: OperationEvent): readonly WebhookType[] {
  const types: readonly WebhookType[] = MESSAGES[type];
  return typeof data.checkpoint === "string" ? types : types.filter((each) => each !== "checkpoint.created");
}

/**
 * The message's JSON as Standard Webhooks recommends it: `type`, `timestamp`, `data`. `sequence` is the event's number
 * within its operation: messages may arrive in another order, and more than once.
 */
export function messageBody(type: WebhookType, event: OperationEvent, { kind, runId }: Operation): string {
  const { operationId, sequence, createdAt } = event;
  // `mark` is of the queue's own bookkeeping.
  const { mark: _, ...data } = event.data;
  return JSON.stringify({ type, timestamp: createdAt, data: { operationId, kind, runId, sequence, ...data } });
}

export const testBody = (endpointId: string, at: string): string =>
  JSON.stringify({ type: "webhook.test", timestamp: at, data: { endpointId } });
