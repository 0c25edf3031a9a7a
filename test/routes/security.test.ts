/** What somebody who means harm would try, and what must not come of it. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createApp } from "../../routes/app.ts";
import { testEdge } from "../support/edge.ts";
import { endStarted, startServiceProcess } from "../support/service-process.ts";
import { type ServicesUnderTest, startServices } from "../support/services-under-test.ts";

const compared = vi.hoisted(() => ({ times: 0 }));

vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (a, b) => {
    compared.times++;
    return crypto.timingSafeEqual(a, b);
  };
  return { ...crypto, timingSafeEqual };
});

const hash = (key: string) => createHash("sha256").update(key).digest("hex");

describe("API keys", () => {
  it.each([
    ["the first", "Bearer one", 200],
    ["the last", "Bearer three", 200],
    ["a wrong one", "Bearer four", 401],
    ["an empty one", "Bearer ", 401],
    ["none", undefined, 401],
  ])("are all compared, in constant time, for %s", async (_, authorization, status) => {
    const { send } = testEdge({ apiKeyHashes: ["one", "two", "three"].map(hash) });
    compared.times = 0;
    const answer = await send("GET", "/v1/runs", undefined, authorization === undefined ? {} : { authorization });
    expect([answer.status, compared.times]).toEqual([status, 3]);
  });
});

describe("pages from elsewhere", () => {
  it("cannot start anything without keys", async () => {
    const { send } = testEdge();
    for (const origin of ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8080"]) {
      const { status, body } = await send("POST", "/v1/iterations", undefined, { origin });
      expect([status, body.code], origin).toEqual([403, "foreign-page"]);
    }
    expect((await send("GET", "/v1/operations")).body.data).toEqual([]);
    expect((await send("POST", "/v1/iterations", undefined, { origin: "http://127.0.0.1:8080" })).status).toBe(202);
  });

  it("cannot read anything through a name that points here", async () => {
    const { send } = testEdge();
    expect((await send("GET", "/v1/runs", undefined, {}, "http://rebound.example:8080")).status).toBe(403);
    expect((await send("GET", "/v1/runs", undefined, {}, "http://127.0.0.1.rebound.example")).status).toBe(403);
    expect((await send("GET", "/v1/runs", undefined, {}, "http://localhost:8080")).status).toBe(200);
    expect((await send("GET", "/v1/runs", undefined, {}, "http://[::1]:8080")).status).toBe(200);
  });

  it("have no key where there are keys", async () => {
    const { send } = testEdge({ apiKeyHashes: [hash("one")] });
    const headers = { origin: "http://evil.example", authorization: "Bearer one" };
    expect((await send("GET", "/v1/runs", undefined, headers, "https://rzero.example")).status).toBe(200);
    expect((await send("GET", "/v1/runs", undefined, {}, "https://rzero.example")).status).toBe(401);
  });
});

describe("ids and names", () => {
  let tested: ServicesUnderTest | null = null;
  afterEach(async () => {
    await tested?.remove();
    tested = null;
  });

  it("lead to no file", async () => {
    tested = await startServices();
    const { services, curriculum } = tested;
    const app = createApp({ services, idempotency: curriculum.idempotency, version: "0", clock: () => new Date() });
    const names = [
      "../../package.json",
      "..%2f..%2fpackage.json",
      "/etc/passwd",
      "rzero.sqlite",
      "\0",
      "a\r\nx-injected: 1",
      "x".repeat(150),
    ];
    const templates = [
      "/v1/checkpoints/ID",
      "/v1/checkpoints/ID/download",
      "/v1/models/ID",
      "/v1/runs/ID",
      "/v1/operations/ID/events",
      "/docs/ID",
    ];
    for (const name of names) {
      for (const template of templates) {
        const path = template.replace("ID", encodeURIComponent(name));
        const response = await app.request(path);
        expect([400, 404], `${path}: ${response.status}`).toContain(response.status);
        expect(response.headers.get("x-injected")).toBeNull();
        expect(await response.text()).not.toMatch(/root:|"dependencies"|SQLite format/);
      }
      const bodies = { model: name, domain: name, preset: name };
      for (const [field, value] of Object.entries(bodies)) {
        const response = await app.request("/v1/runs", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ [field]: value }),
        });
        expect([400, 422], `${field} ${JSON.stringify(value)}`).toContain(response.status);
      }
    }
  });
});

describe("secrets", () => {
  afterEach(endStarted);

  it("are in no answer, no log line and no file, not even those that were wrong", async () => {
    const right = "the-right-key-0123456789";
    const wrong = "a-mistyped-key-0123456789";
    const service = startServiceProcess({ RZERO_API_KEYS: right, RZERO_LOG_LEVEL: "debug" });
    const url = await service.listening();
    let answers = "";
    for (const key of [right, wrong]) {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": "k" };
      for (const [path, method, body] of [
        ["/v1/runs", "GET"],
        ["/v1/runs", "POST", '{"nope": 1}'],
        ["/v1/iterations", "POST", "{"],
        ["/v1/scores", "POST", '{"kind":"answers","domain":"arithmetic","items":[{"answer":"1","reference":"1"}]}'],
        ["/metrics", "GET"],
        ["/nowhere", "GET"],
      ] as const) {
        const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
        answers += JSON.stringify([...response.headers]) + (await response.text());
      }
    }
    service.child.kill("SIGTERM");
    await service.exit;
    const files = readdirSync(service.data, { recursive: true, encoding: "utf8" })
      .map((name) => join(service.data, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => readFileSync(file, "latin1"));
    expect(files.length).toBeGreaterThan(0);
    for (const text of [answers, service.output.out, service.output.err, ...files]) {
      expect(text).not.toContain(right);
      expect(text).not.toContain(wrong);
    }
    const lines = service.output.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const clients = new Set(lines.filter(({ msg }) => msg === "request").map(({ client }) => client));
    expect([...clients]).toEqual([`key:${hash(right).slice(0, 12)}`, "address:127.0.0.1"]);
  });
});

describe("targets of webhooks", () => {
  afterEach(endStarted);

  it("are public addresses, and what a caller writes forges no line of the log and no header", async () => {
    const service = startServiceProcess({ RZERO_LOG_LEVEL: "debug" });
    const url = await service.listening();
    const register = (body: object) =>
      fetch(`${url}/v1/webhook-endpoints`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const targets = [
      url,
      url.replace("127.0.0.1", "localhost"),
      "http://[::1]/",
      "http://[::ffff:127.0.0.1]/",
      "http://2130706433/",
      "http://169.254.169.254/latest/meta-data",
      "http://192.168.1.1/",
      "http://[fd00::1]/",
      "gopher://hooks.example/",
      "https://user:hunter2@hooks.example/",
    ];
    for (const target of targets) {
      const refused = await register({ url: target });
      const said = await refused.text();
      expect([refused.status, JSON.parse(said).code], target).toEqual([422, "invalid-value"]);
      expect(said).not.toContain("hunter2");
    }
    const forged = '\r\nx-injected: 1\n{"level":50,"msg":"forged"}';
    const made = await register({ url: `https://hooks.example/${forged}`, description: forged });
    expect(made.status).toBe(201);
    expect(made.headers.get("x-injected")).toBeNull();
    const id = made.headers.get("location")!.split("/").at(-1)!;
    for (const path of [
      `/v1/webhook-endpoints/${id}`,
      "/v1/webhook-endpoints",
      `/v1/webhook-endpoints/${encodeURIComponent(forged)}`,
    ]) {
      const answer = await fetch(`${url}${path}`, { headers: { "x-request-id": 'a"b' } });
      expect(answer.headers.get("x-injected")).toBeNull();
      await answer.text();
    }
    service.child.kill("SIGTERM");
    await service.exit;
    const lines = service.output.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ msg }) => msg === "forged")).toEqual([]);
    expect(service.output.out).not.toContain("hunter2");
  });
});
