/** A receiver of webhooks on a port of its own: keeps what it was sent and answers as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: read freely by tests.
  readonly message: any;
}

/** Status of an answer; `hang`: none. */
export type Answering = number | "hang";

export async function startReceiver(answering: (received: Received) => Answering = () => 204) {
  const messages: Received[] = [];
  let answer = answering;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    const received = {
      id: String(request.headers["webhook-id"]),
      headers: request.headers,
      body,
      message: JSON.parse(body),
    };
    messages.push(received);
    const status = answer(received);
    if (status !== "hang") response.writeHead(status).end(status >= 300 ? "no thanks" : undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=of-the-url`,
    messages,
    answer: (now: typeof answering) => {
      answer = now;
    },
    /** Resolves when `count` messages (of the type) have come; fails after ten seconds. */
    async received(count: number, type?: string): Promise<Received[]> {
      const until = Date.now() + 10_000;
      for (;;) {
        const found = messages.filter(({ message }) => type === undefined || message.type === type);
        if (found.length >= count) return found;
        if (Date.now() > until)
          throw new Error(`${found.length} of ${count} messages came: ${messages.map(({ body }) => body)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
