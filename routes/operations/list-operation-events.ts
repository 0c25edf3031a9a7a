/** One resource, two representations: a live stream that can be resumed, and a page of what is stored. */
import { z } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { endpoint } from "../edge/endpoint.ts";
import { eventWriter } from "../edge/event-writer.ts";
import { hasEnded } from "../edge/prefer.ts";
import { failureOf, problemBody } from "../edge/problem.ts";
import { prefersCompactJson } from "../edge/readable-json.ts";
import { idParams } from "../wire/field-schemas.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import { eventView, OperationEventFrameSchema, OperationEventPageSchema } from "./operation-schema.ts";

const sequence = z.coerce.number<string>().int().min(0);

/** What a browser waits before it reconnects, in milliseconds. */
const reconnectAfter = 2000;

export const listOperationEvents = endpoint(
  {
    method: "get",
    path: "/v1/operations/{id}/events",
    operationId: "operations_events",
    tags: ["operations"],
    summary: "Follow an operation",
    description: [
      "As `text/event-stream`: stored events after Last-Event-ID (or `after`), then live ones, with heartbeat comments;",
      "the stream ends after the operation's terminal event. Asking again after that event is answered 204, which",
      "stops a browser's EventSource. With `Accept: application/json` the stored events come as a page.",
    ].join(" "),
    request: {
      params: idParams("op"),
      headers: z.object({
        "last-event-id": sequence.optional().openapi({
          type: "integer",
          minimum: 0,
          description: "Sequence of the last event that was seen.",
          example: 12,
        }),
      }),
      query: z.strictObject({
        after: sequence.optional().openapi({
          type: "integer",
          minimum: 0,
          param: { name: "after", in: "query" },
          description: "As Last-Event-ID, for clients that cannot set it; `nextCursor` of the page before.",
          example: 12,
        }),
        limit: z.coerce
          .number<string>()
          .int()
          .min(1)
          .max(200)
          .default(100)
          .openapi({ param: { name: "limit", in: "query" }, description: "Of a JSON page." }),
      }),
    },
    responses: {
      200: {
        description: "The events.",
        content: {
          "text/event-stream": { schema: OperationEventFrameSchema },
          "application/json": { schema: OperationEventPageSchema },
        },
      },
      204: { description: "The operation has ended and there is nothing after the named event." },
      ...errorResponses(["not-found"]),
    },
  },
  (c) => {
    const { id } = c.req.valid("param");
    const query = c.req.valid("query");
    const after = c.req.valid("header")["last-event-id"] ?? query.after ?? 0;
    const { operations } = c.var.services;
    const operation = operations.get(id);
    if (prefersCompactJson(c.req.header("accept"))) {
      const found = operations.events(id, after, query.limit + 1);
      const shown = found.slice(0, query.limit);
      const hasMore = found.length > shown.length;
      const nextCursor = hasMore ? String(shown.at(-1)?.sequence ?? after) : null;
      return c.json({ data: shown.map(eventView), hasMore, nextCursor }, 200);
    }
    if (after > 0 && hasEnded(operation.state) && operations.events(id, after, 1).length === 0) {
      return c.body(null, 204);
    }
    const { log, heartbeatSeconds } = c.var.edge;
    const request = { path: c.req.path, requestId: c.var.requestId };
    return streamSSE(c, async (stream) => {
      const writer = eventWriter(c, stream, heartbeatSeconds);
      try {
        // A first comment sends the headers on their way before the first event exists.
        await writer.write(`: ${id}\nretry: ${reconnectAfter}\n\n`);
        for await (const event of operations.follow(id, after, writer.gone)) {
          if (writer.gone.aborted) return;
          await writer.writeEvent({
            id: String(event.sequence),
            event: event.type,
            data: JSON.stringify(eventView(event)),
          });
        }
      } catch (error) {
        // The status is long sent: the failure travels as an event, and a reconnect resumes behind the last one.
        log.error({ ...request, err: error }, "event stream failed");
        await writer.writeEvent({ event: "error", data: JSON.stringify(problemBody(failureOf(error), request)) });
      } finally {
        writer.end();
      }
    });
  },
);
