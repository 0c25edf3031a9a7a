import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { endStarted, startServiceProcess } from "../support/service-process.ts";

afterEach(endStarted);

describe("the service as a process", () => {
  test("answers without a model, says why it is not ready, and ends on SIGTERM", async () => {
    const { child, exit, listening, output } = startServiceProcess({});
    const url = await listening();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await (await fetch(`${url}/v1/iterations`)).json()).toMatchObject({ data: [] });
    const { port } = new URL(url);
    const broken = connect(Number(port), "127.0.0.1").end("EHLO example.org\r\n\r\n");
    const [refusal] = await once(broken, "data");
    expect(String(refusal)).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*malformed-http/s);
    const terminated = Date.now();
    child.kill("SIGTERM");
    expect(await exit).toBe(0);
    expect(Date.now() - terminated).toBeLessThan(20_000);
    expect(output.err).toBe("");
    expect(output.out).toContain('"stopped"');
  });

  test("starts from one bundled file as `npm start` does, and finds what lies beside its sources", async () => {
    const { child, exit, listening, output } = startServiceProcess({}, ["src/start.mjs"]);
    const url = await listening();
    expect(await (await fetch(`${url}/v1/iterations`)).json()).toMatchObject({ data: [] });
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await exit).toBe(0);
    expect(output.err).toBe("");
  });

  test("keys are asked for where there are some", async () => {
    const key = "a-key-that-is-long-enough";
    const { listening } = startServiceProcess({ RZERO_API_KEYS: key });
    const url = await listening();
    expect((await fetch(`${url}/v1/runs`)).status).toBe(401);
    expect((await fetch(`${url}/v1/runs`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  });

  test("a port in use is one readable line", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? address!.port : 0;
    const { exit, output } = startServiceProcess({ RZERO_PORT: String(port) });
    expect(await exit).toBe(1);
    other.close();
    expect(output.err).toBe(`rzero: port ${port} on 127.0.0.1 is in use already; set RZERO_PORT to another one\n`);
  });

  test("a second service on the same data is refused, and the first lives on", async () => {
    const first = startServiceProcess({});
    const url = await first.listening();
    const second = startServiceProcess({ RZERO_DATA_DIR: first.data });
    expect(await second.exit).toBe(1);
    expect(second.output.err).toBe(
      `rzero: another service works on ${first.data}; set RZERO_DATA_DIR to another folder\n`,
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    // A killed one lets go at once.
    first.child.kill("SIGKILL");
    await first.exit;
    await startServiceProcess({ RZERO_DATA_DIR: first.data }).listening();
  });

  test("a data folder that cannot be written is one readable line", async () => {
    const { exit, output } = startServiceProcess({ RZERO_DATA_DIR: "/dev/null/data" });
    expect(await exit).toBe(1);
    expect(output.err).toMatch(
      /^rzero: \/dev\/null\/data cannot be written to \(ENOTDIR\); set RZERO_DATA_DIR[^\n]*\n$/,
    );
  });

  test("a configuration that cannot be used is refused with everything wrong in it", async () => {
    const { exit, output } = startServiceProcess({ RZERO_HOST: "0.0.0.0", RZERO_THREADS: "many" });
    expect(await exit).toBe(1);
    const lines = output.err.trim().split("\n");
    expect(lines[0]).toBe("rzero: the configuration cannot be used:");
    expect(lines).toHaveLength(3);
    expect(output.err).toContain("RZERO_API_KEYS");
    expect(output.err).toContain('"many"');
  });
});
