/**
 * An evaluator: confirms a pseudo-label where it is a number, and an answer where it is the reference's number.
 * `SECRET=whsec_... npx tsx evaluator.ts 9000`
 */
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

const isNumber = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);

/** A verifier is sent a `pseudoLabel`, a judge a `reference` and an `answer`. */
function judge({ id, pseudoLabel, reference, answer }: Record<string, string>) {
  const fits =
    reference === undefined ? isNumber(pseudoLabel!) : isNumber(answer!) && Number(answer) === Number(reference);
  const reason = reference === undefined ? "a number" : "the same number";
  return { id, verdict: fits ? "accept" : "refuse", score: fits ? 1 : 0, reasons: [fits ? reason : `not ${reason}`] };
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
