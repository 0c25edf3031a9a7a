import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../src/config.ts";

const KEY = "a-key-that-is-long-enough";

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("configuration", () => {
  test("an empty environment listens on loopback, without keys", () => {
    expect(readConfig({})).toEqual({
      host: "127.0.0.1",
      port: 8080,
      dataDirectory: "./data",
      backupsDirectory: "data/backups",
      keepCheckpoints: "all",
      modelsDirectory: "./models",
      model: "abacus",
      apiKeyHashes: [],
      device: "auto",
      threads: null,
      memoryMiB: null,
      idleSeconds: 900,
      silenceSeconds: 1800,
      logLevel: "info",
      maxQueued: 100,
      rateLimit: 120_000,
      maxConcurrent: 512,
      benchmarksDirectory: "./benchmarks",
      judge: null,
      outboundAllow: { hosts: new Set(), ranges: [] },
    });
  });

  test("checkpoints are kept by a rule, backups lie in the data folder unless told otherwise", () => {
    const kept = (rule: string) => readConfig({ RZERO_KEEP_CHECKPOINTS: rule }).keepCheckpoints;
    expect(["all", "best", "3"].map(kept)).toEqual(["all", "best", 3]);
    for (const rule of ["0", "-1", "some", "2.5"]) {
      expect(problemsOf({ RZERO_KEEP_CHECKPOINTS: rule })[0]).toMatch(
        /^RZERO_KEEP_CHECKPOINTS is .* expected all, best or/,
      );
    }
    expect(readConfig({ RZERO_DATA_DIR: "/d" }).backupsDirectory).toBe("/d/backups");
    expect(readConfig({ RZERO_DATA_DIR: "/d", RZERO_BACKUPS_DIR: "/b" }).backupsDirectory).toBe("/b");
  });

  test("a judge has an address that may be called, and a model", () => {
    const local = { RZERO_JUDGE_URL: "http://127.0.0.1:8000/v1/", RZERO_JUDGE_MODEL: "wise" };
    expect(readConfig({ ...local, RZERO_JUDGE_KEY: "k", RZERO_OUTBOUND_ALLOW: "127.0.0.1" }).judge).toEqual({
      baseUrl: "http://127.0.0.1:8000/v1",
      model: "wise",
      apiKey: "k",
    });
    expect(() => readConfig(local)).toThrow("RZERO_JUDGE_URL cannot be called: its host is a loopback address");
    expect(() => readConfig({ RZERO_JUDGE_MODEL: "wise" })).toThrow("belong together");
  });

  test("what may be called beyond the public Internet is read entry by entry", () => {
    const { outboundAllow } = readConfig({ RZERO_OUTBOUND_ALLOW: "127.0.0.1, 10.0.0.0/8,fd00::/8, Grader.internal" });
    expect(outboundAllow.ranges.map(([base, bits]) => `${base}/${bits}`)).toEqual([
      "127.0.0.1/32",
      "10.0.0.0/8",
      "fd00::/8",
    ]);
    expect([...outboundAllow.hosts]).toEqual(["grader.internal"]);
  });

  test.each(["10.0.0.0/33", "http://grader", "10", "127.1", "grader:80", "*.internal", "1.2.3.4.5", "fd00::/129"])(
    "%s cannot be permitted",
    (entry) => {
      expect(problemsOf({ RZERO_OUTBOUND_ALLOW: entry })).toEqual([
        `RZERO_OUTBOUND_ALLOW: "${entry}" is neither an address, nor a CIDR range, nor a host name`,
      ]);
    },
  );

  test("others than oneself meet tighter limits", () => {
    expect(readConfig({ RZERO_API_KEYS: KEY })).toMatchObject({ rateLimit: 6000, maxConcurrent: 64 });
    expect(readConfig({ RZERO_RATE_LIMIT: "0", RZERO_MAX_CONCURRENT: "3" })).toMatchObject({
      rateLimit: 0,
      maxConcurrent: 3,
    });
  });

  test("an empty value is no value", () => {
    expect(readConfig({ RZERO_PORT: "", RZERO_THREADS: " ", RZERO_API_KEYS: "" })).toEqual(readConfig({}));
  });

  test.each(["auto", "cpu", "webgpu", "cuda", "cuda:1"])("runs on %s", (device) => {
    expect(readConfig({ RZERO_DEVICE: device }).device).toBe(device);
  });

  test.each(["gpu", "cpu:1", "cuda:", "cuda:x", "CUDA"])("does not know the device %s", (device) => {
    expect(problemsOf({ RZERO_DEVICE: device }).join()).toContain("expected auto, cpu, webgpu, cuda or cuda:n");
  });

  test("keys are kept as hashes only", () => {
    const config = readConfig({ RZERO_API_KEYS: `${KEY} , ${KEY}-2` });
    expect(config.apiKeyHashes).toHaveLength(2);
    expect(config.apiKeyHashes[0]).toBe(createHash("sha256").update(KEY).digest("hex"));
    expect(JSON.stringify(config)).not.toContain(KEY);
  });

  test("everything wrong is listed at once, without any key", () => {
    const problems = problemsOf({
      RZERO_PORT: "80a",
      RZERO_THREADS: "0",
      RZERO_DEVICE: "tpu",
      RZERO_LOG_LEVEL: "loud",
      RZERO_API_KEYS: "hunter2",
      RZERO_MODEL: "../secret",
      RZERO_PROT: "8080",
    });
    for (const name of ["PORT", "THREADS", "DEVICE", "LOG_LEVEL", "API_KEYS", "MODEL", "PROT"]) {
      expect(problems.filter((problem) => problem.startsWith(`RZERO_${name}`))).toHaveLength(1);
    }
    expect(problems.join()).not.toContain("hunter2");
    expect(problems.join()).toContain('"80a"');
  });

  test.each(["0.0.0.0", "::", "192.168.1.5", "rzero.example", "127.example.org"])("%s needs a key", (host) => {
    expect(problemsOf({ RZERO_HOST: host }).join()).toContain("RZERO_API_KEYS");
    expect(problemsOf({ RZERO_HOST: host, RZERO_API_KEYS: KEY })).toEqual([]);
  });

  test.each(["127.0.0.1", "127.8.8.8", "localhost", "::1"])("%s needs none", (host) => {
    expect(problemsOf({ RZERO_HOST: host })).toEqual([]);
  });
});
