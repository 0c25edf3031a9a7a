/** The service as a process: starts, answers before its model is there, refuses what it cannot do, and ends when told. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const started: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function start(environment: Record<string, string>) {
  const data = mkdtempSync(join(tmpdir(), "rzero-process-"));
  folders.push(data);
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("RZERO_")));
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts"], {
    cwd: root,
    env: { ...clean, RZERO_DATA_DIR: data, RZERO_MODELS_DIR: join(data, "no-models"), RZERO_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  const output = { out: "", err: "" };
  child.stdout!.on("data", (chunk) => {
    output.out += chunk;
  });
  child.stderr!.on("data", (chunk) => {
    output.err += chunk;
  });
  const exit = once(child, "exit").then(([code]) => code as number);
  const listening = async () => {
    for (;;) {
      const url = /listening on (http:[^"]+)"/.exec(output.out)?.[1];
      if (url) return url;
      if (child.exitCode !== null) throw new Error(`the service ended: ${output.err}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, data, output, exit, listening };
}

describe("the service as a process", () => {
  test("answers without a model, says why it is not ready, and ends on SIGTERM", async () => {
    const { child, exit, listening, output } = start({});
    const url = await listening();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await (await fetch(`${url}/v1/iterations`)).json()).toMatchObject({ data: [] });
    const terminated = Date.now();
    child.kill("SIGTERM");
    expect(await exit).toBe(0);
    expect(Date.now() - terminated).toBeLessThan(20_000);
    expect(output.err).toBe("");
    expect(output.out).toContain('"stopped"');
  });

  test("keys are asked for where there are some", async () => {
    const key = "a-key-that-is-long-enough";
    const { listening } = start({ RZERO_API_KEYS: key });
    const url = await listening();
    expect((await fetch(`${url}/v1/runs`)).status).toBe(401);
    expect((await fetch(`${url}/v1/runs`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  });

  test("a port in use is one readable line", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? address!.port : 0;
    const { exit, output } = start({ RZERO_PORT: String(port) });
    expect(await exit).toBe(1);
    other.close();
    expect(output.err).toBe(`rzero: port ${port} on 127.0.0.1 is in use already; set RZERO_PORT to another one\n`);
  });

  test("a second service on the same data is refused, and the first lives on", async () => {
    const first = start({});
    const url = await first.listening();
    const second = start({ RZERO_DATA_DIR: first.data });
    expect(await second.exit).toBe(1);
    expect(second.output.err).toBe(
      `rzero: another service works on ${first.data}; set RZERO_DATA_DIR to another folder\n`,
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    // A killed one lets go at once.
    first.child.kill("SIGKILL");
    await first.exit;
    await start({ RZERO_DATA_DIR: first.data }).listening();
  });

  test("a data folder that cannot be written is one readable line", async () => {
    const { exit, output } = start({ RZERO_DATA_DIR: "/dev/null/data" });
    expect(await exit).toBe(1);
    expect(output.err).toMatch(
      /^rzero: \/dev\/null\/data cannot be written to \(ENOTDIR\); set RZERO_DATA_DIR[^\n]*\n$/,
    );
  });

  test("a configuration that cannot be used is refused with everything wrong in it", async () => {
    const { exit, output } = start({ RZERO_HOST: "0.0.0.0", RZERO_THREADS: "many" });
    expect(await exit).toBe(1);
    const lines = output.err.trim().split("\n");
    expect(lines[0]).toBe("rzero: the configuration cannot be used:");
    expect(lines).toHaveLength(3);
    expect(output.err).toContain("RZERO_API_KEYS");
    expect(output.err).toContain('"many"');
  });
});
