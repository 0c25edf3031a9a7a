/** An evaluator: confirms a pseudo-label where it is a number. `SECRET=whsec_... npx tsx evaluator.ts 9000` */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const key = Buffer.from((process.env.SECRET ?? "").replace("whsec_", ""), "base64");

function isSigned(headers: NodeJS.Dict<string | string[]>, body: string): boolean {
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signatures } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(time)) < 300)) return false;
  const own = Buffer.from(`v1,${createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64")}`);
  const given = String(signatures)
    .split(" ")
    .map((each) => Buffer.from(each));
  return given.some((each) => each.length === own.length && timingSafeEqual(each, own));
}

function judge({ id, pseudoLabel }: { id: string; pseudoLabel: string }) {
  const isNumber = /^-?\d+(\.\d+)?$/.test(pseudoLabel);
  return {
    id,
    verdict: isNumber ? "accept" : "refuse",
    score: isNumber ? 1 : 0,
    reasons: [isNumber ? "a number" : "no number"],
  };
}

createServer(async (request, response) => {
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += piece;
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  response.writeHead(200, { "content-type": "application/json" });
  return response.end(JSON.stringify({ items: JSON.parse(body).items.map(judge) }));
}).listen(Number(process.argv[2]), "127.0.0.1", function (this: import("node:net").Server) {
  console.log((this.address() as import("node:net").AddressInfo).port);
});
