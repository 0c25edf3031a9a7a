import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ServiceProcess, startService } from "../../../bench/demo/service-process.ts";
import { isAlive } from "../../support/processes.ts";

const program = (name: string) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
const never = new AbortController().signal;

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(50);
  return !isAlive(pid);
}

let folder: string;
let started: ServiceProcess[] = [];
const start = async (model: string, options: { patience?: number; signal?: AbortSignal } = {}) => {
  const { signal = never, patience } = options;
  const service = await startService({ folder, port: 0, model, program: program("answers"), patience }, signal);
  started.push(service);
  return service;
};
/** Of the service that never became one: nobody returned its id, but it wrote it. */
const said = () => readFileSync(join(folder, "service.log"), "utf8");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rzero-demo-"));
});
afterEach(async () => {
  for (const service of started) await service.stop(0.1);
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

describe("a service of the demo's own", () => {
  test("is ready when it is handed over, and gone when it was stopped", async () => {
    const service = await start("any");
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    expect(isAlive(service.pid)).toBe(true);
    expect(service.ended.aborted).toBe(false);
    await service.stop();
    expect(isAlive(service.pid)).toBe(false);
    await service.stop();
  });

  test("gets a data folder of its own and no keys", async () => {
    process.env.RZERO_API_KEYS = "a key that would lock the demo out";
    try {
      await start("any");
    } finally {
      delete process.env.RZERO_API_KEYS;
    }
    expect(JSON.parse(said())).toMatchObject({ keys: null, data: folder });
  });

  test("that refuses to start is quoted with its last lines", async () => {
    const starting = startService({ folder, port: 0, model: "x", program: program("refuses-to-start") }, never);
    const error = await starting.then(
      () => null,
      (reason: Error) => reason,
    );
    expect(error?.name).toBe("DemoError");
    expect(error?.message).toContain("ended with code 3");
    expect(error?.message).toContain('RZERO_MODEL is "x"; there is no such folder');
    expect(error?.message).toContain("  line 30\n");
    expect(error?.message).not.toContain("line 16\n");
    expect(error?.message).toContain(join(folder, "service.log"));
  });

  test("that never gets ready is ended", async () => {
    await expect(start("never-ready", { patience: 3 })).rejects.toThrow(/not ready within 3 s.*listening on/s);
    const url = /listening on ([^"]+)/.exec(said())![1]!;
    await expect(fetch(url)).rejects.toThrow();
  });

  test("is ended when the start is called off", async () => {
    const stop = new AbortController();
    const starting = start("never-ready", { signal: stop.signal });
    for (let tries = 0; tries < 100 && !said().includes("listening"); tries++) await sleep(50);
    stop.abort(new Error("called off"));
    await expect(starting).rejects.toThrow("called off");
    await expect(fetch(/listening on ([^"]+)/.exec(said())![1]!)).rejects.toThrow();
  });

  test("that dies says how, through its signal", async () => {
    const service = await start("dies");
    if (!service.ended.aborted) await once(service.ended, "abort");
    expect((service.ended.reason as Error).message).toMatch(/ended with code 7; the last lines of .*service\.log/);
  });

  test("that does not listen is killed", async () => {
    const service = await start("deaf");
    await service.stop(0.2);
    expect(isAlive(service.pid)).toBe(false);
  });

  test("does not outlive a demo that was killed", async () => {
    const demo = spawn(process.execPath, ["--import", "tsx", program("starts-a-service"), folder, program("answers")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(demo.stdout, "data")) as [Buffer];
    const pid = Number(String(line));
    expect(isAlive(pid)).toBe(true);
    demo.kill("SIGKILL");
    expect(await gone(pid)).toBe(true);
  });
});
