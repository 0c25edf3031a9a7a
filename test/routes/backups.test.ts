import { describe, expect, it } from "vitest";
import { testEdge } from "../support/edge.ts";

describe("backups", () => {
  it("are made, listed, read and deleted", async () => {
    const { send } = testEdge();
    const made = await send("POST", "/v1/backups", undefined, { prefer: "wait=5" });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      operation: { kind: "backup", state: "completed", runId: null, resources: ["bkp_000001"] },
      backup: { id: "bkp_000001", operationId: "op_000001" },
    });
    expect(made.text).not.toContain('sha256"');
    expect((await send("GET", "/v1/backups")).body.data).toEqual([made.body.backup]);
    expect((await send("GET", "/v1/backups/bkp_000001")).body).toEqual(made.body.backup);
    expect((await send("DELETE", "/v1/backups/bkp_000001")).status).toBe(204);
    expect((await send("GET", "/v1/backups/bkp_000001")).body.code).toBe("not-found");
  });

  it("answer at once where nobody wants to wait, with the operation to follow", async () => {
    const { send, services } = testEdge();
    services.operations.hold();
    const { status, body, headers } = await send("POST", "/v1/backups");
    expect([status, body.backup, headers.get("location")]).toEqual([202, null, "/v1/operations/op_000001"]);
  });

  it("are made once for one Idempotency-Key", async () => {
    const { send } = testEdge();
    const header = { "idempotency-key": "nightly", prefer: "wait=5" };
    const first = await send("POST", "/v1/backups", undefined, header);
    expect((await send("POST", "/v1/backups", undefined, header)).body).toEqual(first.body);
    expect((await send("GET", "/v1/backups")).body.data).toHaveLength(1);
  });
});
