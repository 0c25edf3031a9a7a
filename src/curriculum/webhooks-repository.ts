/** Webhook endpoints, and the outbox: messages that wait to be delivered, with what became of them. */
import { and, asc, count, eq, getTableColumns, gt, inArray, lt, lte, min, ne } from "drizzle-orm";
import type { Page, PageRequest } from "../records/records.ts";
import type { SigningSecret } from "../records/signing-secret.ts";
import type { DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint } from "../records/webhook.ts";
import { repeatInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { webhookAttempts, webhookDeliveries, webhookEndpoints } from "./schema/webhooks.ts";

export interface WebhooksRepository {
  insertEndpoint(endpoint: WebhookEndpoint, secrets: readonly SigningSecret[]): void;
  findEndpoint(id: string): WebhookEndpoint | null;
  /** Throws `not-found`. */
  getEndpoint(id: string): WebhookEndpoint;
  listEndpoints(page: PageRequest): Page<WebhookEndpoint>;
  countEndpoints(): number;
  enabledEndpoints(): readonly WebhookEndpoint[];
  /** Throws `not-found`. */
  updateEndpoint(id: string, change: Partial<Omit<WebhookEndpoint, "id" | "createdAt">>): WebhookEndpoint;
  /** With all messages to it, in pieces; nothing is sent to it meanwhile. Throws `not-found`. */
  deleteEndpoint(id: string): Promise<void>;
  /** The newest first. Throws `not-found`. */
  secretsOf(id: string): readonly SigningSecret[];
  setSecrets(id: string, secrets: readonly SigningSecret[]): void;

  insertDelivery(delivery: WebhookDelivery): void;
  findDelivery(id: string): WebhookDelivery | null;
  /** Throws `not-found`. */
  getDelivery(id: string): WebhookDelivery;
  listDeliveries(
    page: PageRequest,
    filter: { endpoint?: string; state?: DeliveryState; type?: WebhookDelivery["type"] },
  ): Page<WebhookDelivery>;
  /** Throws `not-found`. */
  updateDelivery(id: string, change: Partial<Omit<WebhookDelivery, "id" | "endpointId">>): WebhookDelivery;
  /** Of the endpoint, whose time has come, the longest waiting first. */
  due(endpointId: string, now: string, limit: number): readonly WebhookDelivery[];
  /** The earliest time after `now` at which a message to an enabled endpoint is due. */
  nextDueAfter(now: string): string | null;
  /** Gives up what still waits for the endpoint. */
  failPending(endpointId: string, at: string): void;
  /** Removes messages that ended before `time`, in pieces. */
  removeEndedBefore(time: string): Promise<void>;

  insertAttempt(attempt: WebhookAttempt): void;
  /** In order. */
  attemptsOf(deliveryId: string): readonly WebhookAttempt[];
}

/** Rows deleted by one statement, with what cascades from them. */
const ROWS = 20;

export function createWebhooksRepository(db: Db): WebhooksRepository {
  const { secrets: _never, ...shown } = getTableColumns(webhookEndpoints);
  const insertEndpointRow = prepareInsert(db, webhookEndpoints);
  const insertDeliveryRow = prepareInsert(db, webhookDeliveries);
  const insertAttemptRow = prepareInsert(db, webhookAttempts);

  const findEndpoint = (id: string): WebhookEndpoint | null =>
    db.select(shown).from(webhookEndpoints).where(eq(webhookEndpoints.id, id)).get() ?? null;
  const getEndpoint = (id: string) => found(findEndpoint(id), "webhook endpoint", id);
  const changeEndpoint = (id: string, change: Partial<typeof webhookEndpoints.$inferInsert>) => {
    const { changes } = constrained(`updating webhook endpoint ${id}`, () =>
      db.update(webhookEndpoints).set(change).where(eq(webhookEndpoints.id, id)).run(),
    );
    found(changes === 0 ? null : id, "webhook endpoint", id);
  };
  const findDelivery = (id: string): WebhookDelivery | null =>
    db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).get() ?? null;
  const getDelivery = (id: string) => found(findDelivery(id), "webhook delivery", id);
  const removeSome = (which: ReturnType<typeof and>) => {
    const some = db.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(which).limit(ROWS);
    return db.delete(webhookDeliveries).where(inArray(webhookDeliveries.id, some)).run().changes;
  };

  return {
    insertEndpoint: (endpoint, secrets) =>
      constrained(`inserting webhook endpoint ${endpoint.id}`, () => insertEndpointRow({ ...endpoint, secrets })),
    findEndpoint,
    getEndpoint,
    listEndpoints: (page) =>
      readPage("webhookEndpoint", webhookEndpoints.id, page, [], ({ where, orderBy, limit }) =>
        db.select(shown).from(webhookEndpoints).where(where).orderBy(orderBy).limit(limit).all(),
      ),
    countEndpoints: () => db.select({ value: count() }).from(webhookEndpoints).get()?.value ?? 0,
    enabledEndpoints: () => db.select(shown).from(webhookEndpoints).where(eq(webhookEndpoints.enabled, true)).all(),
    updateEndpoint: (id, change) => {
      changeEndpoint(id, change);
      return getEndpoint(id);
    },
    deleteEndpoint: async (id) => {
      changeEndpoint(id, { enabled: false, disabledReason: "being deleted" });
      await repeatInPieces(db, () => removeSome(eq(webhookDeliveries.endpointId, id)));
      db.delete(webhookEndpoints).where(eq(webhookEndpoints.id, id)).run();
    },
    secretsOf: (id) => {
      const row = db
        .select({ secrets: webhookEndpoints.secrets })
        .from(webhookEndpoints)
        .where(eq(webhookEndpoints.id, id))
        .get();
      return found(row ?? null, "webhook endpoint", id).secrets;
    },
    setSecrets: (id, secrets) => changeEndpoint(id, { secrets }),

    insertDelivery: (delivery) =>
      constrained(`inserting webhook delivery ${delivery.id}`, () => insertDeliveryRow(delivery)),
    findDelivery,
    getDelivery,
    listDeliveries: (page, filter) =>
      readPage(
        "webhookDelivery",
        webhookDeliveries.id,
        page,
        [
          equals(webhookDeliveries.endpointId, filter.endpoint),
          equals(webhookDeliveries.state, filter.state),
          equals(webhookDeliveries.type, filter.type),
        ],
        ({ where, orderBy, limit }) =>
          db.select().from(webhookDeliveries).where(where).orderBy(orderBy).limit(limit).all(),
      ),
    updateDelivery: (id, change) => {
      constrained(`updating webhook delivery ${id}`, () =>
        db.update(webhookDeliveries).set(change).where(eq(webhookDeliveries.id, id)).run(),
      );
      return getDelivery(id);
    },
    due: (endpointId, now, limit) =>
      db
        .select()
        .from(webhookDeliveries)
        .where(and(eq(webhookDeliveries.endpointId, endpointId), isPending, lte(webhookDeliveries.nextAttemptAt, now)))
        .orderBy(asc(webhookDeliveries.nextAttemptAt), asc(webhookDeliveries.id))
        .limit(limit)
        .all(),
    nextDueAfter: (now) =>
      db
        .select({ at: min(webhookDeliveries.nextAttemptAt) })
        .from(webhookDeliveries)
        .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.endpointId))
        .where(and(eq(webhookEndpoints.enabled, true), isPending, gt(webhookDeliveries.nextAttemptAt, now)))
        .get()?.at ?? null,
    failPending: (endpointId, at) => {
      db.update(webhookDeliveries)
        .set({ state: "failed", nextAttemptAt: null, finishedAt: at })
        .where(and(eq(webhookDeliveries.endpointId, endpointId), isPending))
        .run();
    },
    removeEndedBefore: (time) =>
      repeatInPieces(db, () =>
        removeSome(and(ne(webhookDeliveries.state, "pending"), lt(webhookDeliveries.finishedAt, time))),
      ),

    insertAttempt: (attempt) =>
      constrained(`inserting an attempt of ${attempt.deliveryId}`, () => insertAttemptRow(attempt)),
    attemptsOf: (deliveryId) =>
      db
        .select()
        .from(webhookAttempts)
        .where(eq(webhookAttempts.deliveryId, deliveryId))
        .orderBy(asc(webhookAttempts.number))
        .all(),
  };
}

const isPending = eq(webhookDeliveries.state, "pending");
