/** As much of a service as is needed to be started, asked and ended. Its model's name says how it behaves. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const behaviour = process.env.RZERO_MODEL;
const server = createServer((_, response) => {
  const ready = behaviour !== "never-ready";
  response.writeHead(ready ? 200 : 503, { "content-type": "application/json" });
  response.end(JSON.stringify({ ready, checks: { model: { ok: ready, detail: ready ? "open" : "opening" } } }));
  if (behaviour === "dies") setTimeout(() => process.exit(7), 100);
});
server.listen(Number(process.env.RZERO_PORT), process.env.RZERO_HOST, () => {
  const { port } = server.address() as AddressInfo;
  const seen = { keys: process.env.RZERO_API_KEYS ?? null, data: process.env.RZERO_DATA_DIR };
  process.stdout.write(`${JSON.stringify({ ...seen, msg: `listening on http://127.0.0.1:${port}` })}\n`);
});
process.on("SIGTERM", () => {
  if (behaviour !== "deaf") process.exit(0);
});
