import { describe, expect, it } from "vitest";
import { docsFileNames } from "../../routes/docs/docs-files.ts";
import { testEdge } from "../support/edge.ts";

describe("the reference page", () => {
  it("names only files that are there, under a policy that lets nothing else in", async () => {
    const { send } = testEdge();
    const page = await send("GET", "/docs");
    expect(page.status).toBe(200);
    const named = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(named).toHaveLength(docsFileNames.length + 1);
    for (const path of named) {
      expect(path).toMatch(/^\//);
      expect((await send("GET", path)).status, path).toBe(200);
    }
    const policy = page.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/https?:|unsafe-|\*/);
  });

  it("gives each file its type", async () => {
    const { send } = testEdge();
    for (const name of docsFileNames) {
      const { headers } = await send("GET", `/docs/${name}`);
      expect(headers.get("content-type"), name).toMatch(/^(text\/css|text\/javascript|image\/png)/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it.each(["..%2Fpackage.json", "%2e%2e%2f%2e%2e%2fpackage.json", "..%5Cpackage.json", "index.html", "start.js%00"])(
    "knows no file %s",
    async (name) => {
      const { status, body } = await testEdge().send("GET", `/docs/${name}`);
      expect([status, body.code]).toEqual([400, "invalid-request"]);
    },
  );
});

describe("every other answer", () => {
  it("runs nothing in a browser", async () => {
    const { send } = testEdge();
    for (const path of ["/", "/v1/runs", "/v1/nothing", "/openapi.yaml"]) {
      const { headers } = await send("GET", path);
      expect(headers.get("content-security-policy"), path).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    }
  });
});

describe("/metrics", () => {
  it("shows requests by operation and status", async () => {
    const { send } = testEdge();
    await send("GET", "/v1/runs");
    await send("GET", "/v1/runs/none");
    await send("GET", "/v1/nowhere");
    const { text, headers } = await send("GET", "/metrics");
    expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toContain('rzero_http_requests_total{operation="runs_list",method="GET",status="200"} 1\n');
    expect(text).toContain('rzero_http_requests_total{operation="runs_get",method="GET",status="404"} 1\n');
    expect(text).toContain('rzero_http_requests_total{operation="none",method="GET",status="404"} 1\n');
    expect(text).toContain("rzero_http_requests_in_flight 1\n");
    expect(text).toContain('rzero_operations{state="queued"} 1\n');
    expect(text).toContain("rzero_ready 1\n");
  });

  it("asks for a key where there are any", async () => {
    const { send } = testEdge({ apiKeyHashes: ["0".repeat(64)] });
    expect((await send("GET", "/metrics")).status).toBe(401);
  });
});

describe("Server-Timing", () => {
  it("says how long a request took, and how much of it was waiting", async () => {
    const { send } = testEdge();
    expect((await send("GET", "/v1/runs")).headers.get("server-timing")).toMatch(/^total;dur=\d+\.\d$/);
    const waited = await send("POST", "/v1/iterations", undefined, { prefer: "wait=5" });
    expect(waited.headers.get("server-timing")).toMatch(/^total;dur=\d+\.\d, wait;dur=\d+\.\d$/);
  });
});
