/** An evaluator on a port of its own: keeps what it was sent and answers as it is told. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Batch {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: read freely by tests.
  readonly items: readonly any[];
}
/** A value is sent as JSON, a text as it is; `hang`: nothing is. */
export type Answering = { readonly status?: number; readonly body: unknown } | "hang";

export const accept = (item: { readonly id: string }) => ({
  id: item.id,
  verdict: "accept",
  score: 1,
  reasons: ["fine"],
});
export const refuse = (item: { readonly id: string }) => ({
  id: item.id,
  verdict: "refuse",
  score: 0,
  reasons: ["not convinced"],
});

/** `port`: of one that was closed; 0 for any. */
export async function startEvaluator(answering: (batch: Batch) => Answering, port = 0) {
  const batches: Batch[] = [];
  let answer = answering;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    const batch = { headers: request.headers, body, ...JSON.parse(body) } as Batch;
    batches.push(batch);
    const given = answer(batch);
    if (given === "hang") return;
    const text = typeof given.body === "string" ? given.body : JSON.stringify(given.body);
    response.writeHead(given.status ?? 200, { "content-type": "application/json" }).end(text);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    batches,
    answer: (now: typeof answering) => {
      answer = now;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
