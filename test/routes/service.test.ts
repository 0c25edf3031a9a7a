import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

describe("the service about itself", () => {
  it("lives", async () => {
    expect((await testEdge().send("GET", "/healthz")).body).toEqual({ status: "ok", version: "0.0.0" });
  });

  it("is ready, or says what is missing", async () => {
    const { send, services } = testEdge();
    expect((await send("GET", "/readyz")).status).toBe(200);
    services.readiness.ready = false;
    const { status, body } = await send("GET", "/readyz");
    expect(status).toBe(503);
    expect(body).toEqual({ ready: false, checks: { policy: { ok: false, detail: "abacus" } } });
  });

  it("says what to do next, in requests that work", async () => {
    const { send } = testEdge();
    const { body } = await send("GET", "/");
    for (const { curl } of body.next as { curl: string }[]) {
      const [, method = "GET", path = ""] =
        /^curl (?:-X (POST) )?(?:-N )?http:\/\/127\.0\.0\.1:8080(\S+)$/.exec(curl) ?? [];
      const { status } = await send(method, path.replace("OPERATION_ID", "op_000001"));
      expect([200, 202], curl).toContain(status);
    }
    expect(body.contract).toBe("http://127.0.0.1:8080/openapi.yaml");
  });
});
