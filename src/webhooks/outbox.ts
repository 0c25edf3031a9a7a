/** Messages are stored in the transaction that stores the event they tell of: a crash leaves both or neither. */
import type { Curriculum } from "../curriculum/curriculum.ts";
import type { OperationEvent } from "../records/records.ts";
import type { WebhookDelivery, WebhookEndpoint } from "../records/webhook.ts";
import { messageBody, typesOf } from "./messages.ts";

export class Outbox {
  readonly #curriculum: Curriculum;
  #wake: () => void = () => undefined;

  constructor(curriculum: Curriculum) {
    this.#curriculum = curriculum;
  }

  /** Called when there is something to deliver, possibly before the transaction that wrote it has ended. */
  onQueued(wake: () => void): void {
    this.#wake = wake;
  }

  /** To be called inside the transaction that stores the event. */
  tell(event: OperationEvent): void {
    const types = typesOf(event);
    if (types.length === 0) return;
    const { webhooks, operations } = this.#curriculum;
    const endpoints = webhooks.enabledEndpoints();
    for (const type of types) {
      const listening = endpoints.filter(({ events }) => events.includes(type));
      if (listening.length === 0) continue;
      const body = messageBody(type, event, operations.get(event.operationId));
      for (const endpoint of listening) this.queue(endpoint, type, body, event.operationId, event.createdAt);
    }
  }

  queue(
    endpoint: Pick<WebhookEndpoint, "id">,
    type: WebhookDelivery["type"],
    body: string,
    operationId: string | null,
    at: string,
  ): WebhookDelivery {
    const delivery: WebhookDelivery = {
      id: this.#curriculum.makeId("webhookDelivery"),
      endpointId: endpoint.id,
      type,
      operationId,
      body,
      state: "pending",
      attempts: 0,
      round: 0,
      nextAttemptAt: at,
      createdAt: at,
      finishedAt: null,
    };
    this.#curriculum.webhooks.insertDelivery(delivery);
    this.#wake();
    return delivery;
  }
}
