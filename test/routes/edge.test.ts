/** What every request meets, whatever its resource. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createApp } from "../../routes/app.ts";
import { endpoints } from "../../routes/endpoints.ts";
import { testEdge } from "../support/edge.ts";
import { InMemoryIdempotency } from "../support/in-memory-idempotency.ts";

const hash = (key: string): string => createHash("sha256").update(key).digest("hex");

describe("methods and routes", () => {
  const methods = ["get", "post", "put", "patch", "delete"];
  const known = new Map<string, string[]>();
  for (const { route } of endpoints) known.set(route.path, [...(known.get(route.path) ?? []), route.method]);
  for (const [template, allowed] of known) {
    it(`${template} refuses every other method with Allow`, async () => {
      const { send } = testEdge();
      for (const method of methods.filter((each) => !allowed.includes(each))) {
        const answer = await send(method.toUpperCase(), template.replace("{id}", "x"));
        expect(answer.status).toBe(405);
        const expected = [...allowed.map((each) => each.toUpperCase()), ...(allowed.includes("get") ? ["HEAD"] : [])];
        expect(answer.headers.get("allow")).toBe(expected.sort().join(", "));
      }
    });
  }

  it("answers an unknown route with a problem", async () => {
    const { send } = testEdge();
    const { status, body } = await send("GET", "/v1/unicorns");
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "route-not-found", instance: "/v1/unicorns" });
  });

  it("answers HEAD like GET, without a body", async () => {
    const { app } = testEdge();
    const response = await app.request("/v1/runs", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });
});

describe("validation", () => {
  it("names every refused field with its dotted path and value", async () => {
    const { send } = testEdge();
    const { body, status } = await send("POST", "/v1/training-steps", {
      run: "run_1",
      role: "judge",
      groups: [
        {
          prompt: "p",
          rollouts: [
            { text: "a", reward: 1 },
            { text: "b", reward: "lots", colour: "red" },
          ],
        },
      ],
      sneaky: true,
    });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { in: "body", field: "role", message: expect.stringContaining("challenger"), value: "judge" },
      { in: "body", field: "groups.0.rollouts.1.reward", message: expect.any(String), value: "lots" },
      { in: "body", field: "groups.0.rollouts.1.colour", message: "Unknown field.", value: "red" },
      { in: "body", field: "sneaky", message: "Unknown field.", value: true },
    ]);
    expect(body).toMatchObject({ code: "invalid-request", field: "role", value: "judge" });
  });

  it("leaves the value away where nothing was given", async () => {
    const { body } = await testEdge().send("POST", "/v1/training-steps", { role: "solver", solutions: ["sol_1"] });
    expect(body.errors[0]).toMatchObject({ field: "run" });
    expect(body.errors[0]).not.toHaveProperty("value");
  });

  it("cuts a long value", async () => {
    const { body } = await testEdge().send("POST", "/v1/runs", { preset: "x".repeat(5000) });
    expect(body.value.length).toBeLessThan(600);
  });

  it("shows a refused query parameter as it was sent", async () => {
    const { body } = await testEdge().send("GET", "/v1/runs?limit=many");
    expect(body.errors).toEqual([{ in: "query", field: "limit", message: expect.any(String), value: "many" }]);
  });

  it.each(["0", "201", "1.5", ""])("refuses limit=%s", async (limit) => {
    expect((await testEdge().send("GET", `/v1/runs?limit=${limit}`)).status).toBe(400);
  });

  it("tells somebody who forgot the media type what to type", async () => {
    const { send } = testEdge();
    const { status, body } = await send("POST", "/v1/iterations", '{"count":1}', {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(status).toBe(415);
    expect(body.detail).toContain("content-type: application/json");
  });
});

describe("bodies", () => {
  it("takes 16 MiB for training steps and 1 MiB elsewhere", async () => {
    const { send } = testEdge();
    const long = "x".repeat(60_000);
    const rollouts = Array.from({ length: 50 }, () => ({ text: long, reward: 1 }));
    const big = { run: "run_1", role: "solver", groups: [{ prompt: "p", rollouts }] };
    // 3 MB: accepted by the limit, and then there is no such run.
    expect((await send("POST", "/v1/training-steps", big)).body.code).toBe("not-found");
    expect((await send("POST", "/v1/runs", big)).body.code).toBe("body-too-large");
  });
});

describe("request ids and the log", () => {
  it("echoes a given id, replaces an unusable one, and logs one line per request", async () => {
    const { send, lines } = testEdge();
    const given = await send("GET", "/v1/runs", undefined, { "x-request-id": "abc-1" });
    expect(given.headers.get("x-request-id")).toBe("abc-1");
    const spaced = await send("GET", "/v1/runs", undefined, { "x-request-id": "a b" });
    expect(spaced.headers.get("x-request-id")).toMatch(/^req_/);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toEqual({
      level: "info",
      message: "request",
      fields: {
        requestId: "abc-1",
        client: "address:local",
        method: "GET",
        path: "/v1/runs",
        operation: "runs_list",
        status: 200,
        milliseconds: expect.any(Number),
      },
    });
  });

  it("logs the cause of an unexpected failure and keeps it from the client", async () => {
    const { send, lines } = testEdge();
    const answer = await send("POST", "/v1/completions", { model: "abacus", prompt: "explode" });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("secret");
    const errors = lines.filter(({ level }) => level === "error");
    expect(String(errors[0]?.fields.err)).toContain("secret of the inside");
    expect(errors[0]?.fields.requestId).toBe(answer.headers.get("x-request-id"));
  });
});

describe("API keys", () => {
  it("are asked for under /v1 once any are set, and nowhere else", async () => {
    const { send } = testEdge({ apiKeyHashes: [hash("first"), hash("second")] });
    const missing = await send("GET", "/v1/runs");
    expect(missing.status).toBe(401);
    expect(missing.headers.get("www-authenticate")).toContain("Bearer");
    expect((await send("GET", "/v1/runs", undefined, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await send("GET", "/v1/runs", undefined, { authorization: "Basic first" })).status).toBe(401);
    expect((await send("GET", "/v1/runs", undefined, { authorization: "Bearer first" })).status).toBe(200);
    expect((await send("GET", "/v1/runs", undefined, { authorization: "bearer second" })).status).toBe(200);
    expect((await send("GET", "/healthz")).status).toBe(200);
    expect((await send("GET", "/openapi.json")).status).toBe(200);
  });

  it("guard unknown routes as well", async () => {
    const { send } = testEdge({ apiKeyHashes: [hash("first")] });
    expect((await send("GET", "/v1/models/a/b/c")).status).toBe(401);
  });

  it("must be given as sha256, or the app does not start", () => {
    const { services } = testEdge();
    const options = { services, idempotency: new InMemoryIdempotency(), version: "0", clock: () => new Date() };
    expect(() => createApp({ ...options, apiKeyHashes: ["plain-key"] })).toThrow(/plain-key/);
  });
});

describe("JSON for people", () => {
  it("is compact for who asks for application/json and indented for curl", async () => {
    const { app, send } = testEdge();
    expect((await send("GET", "/healthz")).text).toBe('{"status":"ok","version":"0.0.0"}');
    const curl = await app.request("/healthz", { headers: { accept: "*/*" } });
    expect(await curl.text()).toBe('{\n  "status": "ok",\n  "version": "0.0.0"\n}\n');
    expect(curl.headers.get("content-type")).toContain("application/json");
    const problem = await app.request("/v1/runs/none", { headers: { accept: "*/*" } });
    expect(problem.status).toBe(404);
    expect(problem.headers.get("content-type")).toBe("application/problem+json");
    expect(await problem.text()).toContain('\n  "code": "not-found",\n');
  });

  it("means the same either way", async () => {
    const { app, send } = testEdge();
    await send("POST", "/v1/iterations", {}, { prefer: "wait=5" });
    const compact = await send("GET", "/v1/iterations");
    const curl = await app.request("/v1/iterations");
    const text = await curl.text();
    expect(JSON.parse(text)).toEqual(compact.body);
    expect(text).toContain('"shareHistogram": [0, 12, 41, 60, 71, 82, 90, 78, 61, 44, 32]');
  });
});
