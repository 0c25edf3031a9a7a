/** Webhooks: who is told of what, every message to them, and every attempt to hand it over. */
import type { EventType } from "./records.ts";

/** What an endpoint can ask to be told. */
export type WebhookType = Exclude<EventType | "checkpoint.created", "operation.queued" | "phase.started" | "progress">;

export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly WebhookType[];
  readonly enabled: boolean;
  /** Why it was disabled; null while it is enabled. */
  readonly disabledReason: string | null;
  /** When the first attempt failed since the last that succeeded. */
  readonly failingSince: string | null;
  readonly createdAt: string;
}

export type DeliveryState = "pending" | "delivered" | "failed";

/** One message to one endpoint. Its id is the `webhook-id` of every attempt. */
export interface WebhookDelivery {
  readonly id: string;
  readonly endpointId: string;
  /** `webhook.test`: asked for by hand. */
  readonly type: WebhookType | "webhook.test";
  /** What it tells of; null for a test. Outlives the operation. */
  readonly operationId: string | null;
  /** JSON, exactly as it is sent and signed. */
  readonly body: string;
  readonly state: DeliveryState;
  /** All there were. */
  readonly attempts: number;
  /** Attempts since it was made or last sent again: where it stands in the schedule. */
  readonly round: number;
  /** Null once it has ended. */
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface WebhookAttempt {
  readonly deliveryId: string;
  /** 1, 2, ... within the delivery. */
  readonly number: number;
  readonly startedAt: string;
  readonly milliseconds: number;
  /** How the call ended: `answered`, `bad-status`, `timed-out`, ... */
  readonly outcome: string;
  /** Null where nothing was answered. */
  readonly status: number | null;
  /** The outcome as a sentence. */
  readonly message: string;
  /** The beginning of the answer's body. */
  readonly response: string | null;
}
