import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { latencies, pacedRequests } from "../../bench/speed/paced-requests.ts";

let server: Server;
afterEach(() => server.close());

async function listen(handler: RequestListener): Promise<string> {
  server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("pacedRequests", () => {
  it("keeps its pace while an answer is late, so that one stall is counted by all it hits", async () => {
    const seen: string[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const origin = await listen(async (request, response) => {
      seen.push(request.url!);
      if (seen.length === 6) setTimeout(release, 150); // none is answered before all have arrived
      await released;
      response.end("{}");
    });
    const times = await pacedRequests([`${origin}/a`, `${origin}/b`], { perSecond: 200, count: 6 });
    expect(seen.sort()).toEqual(["/a", "/a", "/a", "/b", "/b", "/b"]);
    expect(times).toHaveLength(6);
    expect(Math.min(...times)).toBeGreaterThan(140);
    expect(latencies(times)).toMatchObject({ requests: 6, maxMs: Math.max(...times) });
  });

  it("stops when enough was seen", async () => {
    let answered = 0;
    const origin = await listen((_, response) => {
      answered++;
      response.end("{}");
    });
    const times = await pacedRequests([origin], { perSecond: 100, count: 1000 }, () => answered >= 3);
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect(times.length).toBeLessThan(1000);
  });

  it("reports the first answer that is not 200", async () => {
    const origin = await listen((_, response) => {
      response.statusCode = 503;
      response.end("no model");
    });
    await expect(pacedRequests([`${origin}/x`], { perSecond: 100, count: 2 })).rejects.toThrow(
      /GET .*\/x answered 503: no model/,
    );
  });
});
