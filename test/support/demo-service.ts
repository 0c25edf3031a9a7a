/** The real edge and services on a loopback port, over the toy model: what the demo talks to in tests. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { createApp } from "../../routes/app.ts";
import { type ServicesUnderTest, startServices } from "./services-under-test.ts";

export interface DemoService {
  readonly url: string;
  readonly tested: ServicesUnderTest;
  /** Path and `last-event-id` of every request, in order. */
  readonly requests: readonly { readonly path: string; readonly lastEventId: string | null }[];
  /** Cuts every open connection, as a network does. */
  cut(): void;
  close(): Promise<void>;
}

export async function serveToyModel(): Promise<DemoService> {
  const tested = await startServices();
  const requests: { path: string; lastEventId: string | null }[] = [];
  const app = createApp({
    services: tested.services,
    idempotency: tested.curriculum.idempotency,
    version: "0.0.0",
    clock: () => new Date(),
  });
  const server: ServerType = serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      const { pathname } = new URL(request.url);
      requests.push({ path: pathname, lastEventId: request.headers.get("last-event-id") });
      return app.fetch(request);
    },
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tested,
    requests,
    cut,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
      await tested.remove();
    },
  };
}
