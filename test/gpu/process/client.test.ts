import { afterEach, describe, expect, it } from "vitest";
import { startWorker, type WorkerClient, type WorkerOptions } from "../../../gpu/process/client.ts";
import {
  CallCancelled,
  DeviceProcessClosed,
  DeviceProcessCrashed,
  RemoteCallError,
} from "../../../gpu/process/process-errors.ts";
import type { FixtureMethods } from "./fixture-worker.ts";

const entry = new URL("./fixture-worker.ts", import.meta.url);
const open: WorkerClient<FixtureMethods>[] = [];

function start(options: WorkerOptions<FixtureMethods> = {}): WorkerClient<FixtureMethods> {
  const client = startWorker<FixtureMethods>(entry, options);
  open.push(client);
  return client;
}

afterEach(async () => {
  for (const client of open.splice(0)) await client.close({ graceMilliseconds: 0 });
});

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("calls", () => {
  it("carry typed arrays and maps bit for bit", async () => {
    const client = start();
    const bits = Uint32Array.of(0x7fc00001, 0x80000000, 0xff800000, 1, 0x3f800000);
    const value = {
      floats: new Float32Array(bits.buffer),
      big: BigInt64Array.of(-1n, 2n ** 62n),
      part: new Float32Array([9, 1, 2, 9]).subarray(1, 3),
      empty: new Uint8Array(0),
      map: new Map([["a", [1, undefined, null]]]),
    };
    const echoed = (await client.call("echo", value)) as typeof value;
    expect([...new Uint32Array(echoed.floats.slice().buffer)]).toEqual([...bits]);
    expect(echoed).toEqual(value);
    expect(await client.call("scale", { values: Float32Array.of(1, 2), by: 3 })).toEqual(Float32Array.of(3, 6));
  });

  it("carry arrays larger than a pipe in both directions, many at once", async () => {
    const client = start();
    const arrays = [1, 2, 3].map((seed) => Float32Array.from({ length: 700_001 }, (_, i) => i * seed));
    const echoed = await Promise.all(arrays.map((array) => client.call("echo", array)));
    for (const [index, array] of arrays.entries()) {
      expect(
        Buffer.compare(Buffer.from((echoed[index] as Float32Array).slice().buffer), Buffer.from(array.buffer)),
      ).toBe(0);
    }
  });

  it("report progress in order", async () => {
    const seen: number[] = [];
    const result = await start().call("count", { to: 4, pauseMs: 1 }, { onProgress: ({ at }) => seen.push(at) });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(result).toBe(4);
  });

  it("fail with the error's name, code and details, and the child lives on", async () => {
    const client = start();
    const failure = await client.call("fail", { code: "too-long" }).catch((error) => error);
    expect(failure).toBeInstanceOf(RemoteCallError);
    expect(failure).toMatchObject({ message: "refused with too-long", remoteName: "FixtureError", code: "too-long" });
    expect(failure.details).toEqual({ tensor: "a", values: Float32Array.of(1, 2) });
    expect(failure.remoteStack).toContain("fixture-worker");
    await expect(client.call("unclonable", null)).rejects.toThrow(/could not be cloned/);
    await expect(client.call("echo", () => 1)).rejects.toThrow(/could not be cloned/);
    await expect(client.call("toString" as "echo", 1)).rejects.toThrow('there is no method "toString"');
    expect(await client.call("echo", 1)).toBe(1);
    expect(client.starts).toBe(1);
  });

  it("run one at a time, interactive ones before batch ones that waited longer", async () => {
    const client = start();
    await client.call("echo", 0);
    const calls = [
      client.call("block", { name: "batch 1", ms: 150 }),
      client.call("block", { name: "batch 2", ms: 5 }),
      client.call("block", { name: "batch 3", ms: 5 }),
    ];
    // The child is inside the first call and cannot even read the pipe.
    await new Promise((resolve) => setTimeout(resolve, 50));
    calls.push(client.call("block", { name: "interactive 1", ms: 5 }, { priority: "interactive" }));
    calls.push(client.call("block", { name: "interactive 2", ms: 5 }, { priority: "interactive" }));
    await Promise.all(calls);
    const expected = ["batch 1", "interactive 1", "interactive 2", "batch 2", "batch 3"];
    expect(await client.call("order", null)).toEqual(expected);
  });

  it("let interactive ones work between the steps of a batch one, which goes on before the next batch one", async () => {
    const client = start();
    await client.call("echo", 0);
    const calls = [
      client.call("steps", { name: "batch", count: 2, ms: 150 }),
      client.call("steps", { name: "next batch", count: 1, ms: 1 }),
    ];
    await new Promise((resolve) => setTimeout(resolve, 50));
    calls.push(client.call("steps", { name: "a", count: 2, ms: 1 }, { priority: "interactive" }));
    calls.push(client.call("steps", { name: "b", count: 2, ms: 1 }, { priority: "interactive" }));
    await Promise.all(calls);
    expect(await client.call("order", null)).toEqual([
      "batch 1",
      ...["a 1", "b 1", "a 2", "b 2"],
      "batch 2",
      "next batch 1",
    ]);
  });

  it("give a batch one a turn now and then, however long interactive ones go on", async () => {
    const client = start();
    await client.call("echo", 0);
    const long = client.call("steps", { name: "stream", count: 20, ms: 10 }, { priority: "interactive" });
    await client.call("steps", { name: "batch", count: 2, ms: 1 });
    const order = await client.call("order", null, { priority: "interactive" });
    await long;
    expect(order).toContain("batch 2");
    expect(order).not.toContain("stream 20");
    const between = order.indexOf("batch 2") - order.indexOf("batch 1") - 1;
    expect(between).toBe(4);
  });
});

describe("cancellation", () => {
  it("ends a running call at its next look at the signal", async () => {
    const client = start();
    const controller = new AbortController();
    let last = 0;
    const call = client.call(
      "count",
      { to: 100_000, pauseMs: 1 },
      {
        signal: controller.signal,
        onProgress: ({ at }) => {
          last = at;
          if (at === 3) controller.abort(new Error("enough"));
        },
      },
    );
    const failure = await call.catch((error) => error);
    expect(failure).toBeInstanceOf(CallCancelled);
    expect(failure.cause).toMatchObject({ message: "enough" });
    expect(last).toBeLessThan(100);
    expect(await client.call("echo", "still here")).toBe("still here");
  });

  it("takes a waiting call out of the line: it never runs", async () => {
    const client = start();
    const controller = new AbortController();
    await client.call("echo", 0);
    const first = client.call("block", { name: "first", ms: 150 });
    const waiting = client.call("block", { name: "unwanted", ms: 1 }, { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await expect(waiting).rejects.toBeInstanceOf(CallCancelled);
    await first;
    expect(await client.call("order", null)).toEqual(["first"]);
  });

  it("before the call, during the start and after the end", async () => {
    const client = start();
    await expect(client.call("echo", 1, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CallCancelled);
    const controller = new AbortController();
    const early = client.call("echo", 1, { signal: controller.signal });
    controller.abort();
    await expect(early).rejects.toBeInstanceOf(CallCancelled);
    const late = new AbortController();
    expect(await client.call("echo", 2, { signal: late.signal })).toBe(2);
    late.abort();
    expect(await client.call("echo", 3)).toBe(3);
  });
});

describe("a crash", () => {
  it("rejects every call in flight with exit code and last words; the next call finds a fresh child", async () => {
    const client = start();
    const before = await client.call("pid", null);
    const inFlight = [
      client.call("exit", { code: 3, lastWords: "out of device memory" }),
      client.call("echo", 1),
      client.call("echo", 2),
    ];
    for (const { status, reason } of (await Promise.allSettled(inFlight)) as PromiseRejectedResult[]) {
      expect(status).toBe("rejected");
      expect(reason).toBeInstanceOf(DeviceProcessCrashed);
      expect(reason).toMatchObject({ exitCode: 3, signal: null });
      expect(reason.lastOutput).toContain("out of device memory");
      expect(reason.message).toMatch(/exited with code 3; its last words:[\s\S]*out of device memory/);
    }
    expect(await client.call("pid", null)).not.toBe(before);
    expect(client.starts).toBe(2);
    expect(isAlive(before)).toBe(false);
  });

  it("names the signal", async () => {
    const client = start();
    const pid = await client.call("pid", null);
    const call = client.call("never", null);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.kill(pid, "SIGKILL");
    await expect(call).rejects.toMatchObject({ name: "DeviceProcessCrashed", exitCode: null, signal: "SIGKILL" });
    expect(await client.call("echo", "again")).toBe("again");
  });

  it("shows what nobody caught", async () => {
    const failure = await start()
      .call("uncaught", null)
      .catch((error) => error);
    expect(failure).toMatchObject({ name: "DeviceProcessCrashed", exitCode: 1 });
    expect(failure.message).toContain("TypeError: nobody catches this");
  });

  it("runs onRestart before any other call, also when many calls find the child dead", async () => {
    const crashes: (number | null)[] = [];
    const client = start({
      onRestart: async ({ exitCode }, call) => {
        crashes.push(exitCode);
        await call("remember", "restored");
      },
    });
    expect(await client.call("remember", "mine")).toBe("mine");
    await expect(client.call("exit", { code: 9, lastWords: "" })).rejects.toBeInstanceOf(DeviceProcessCrashed);
    const answers = await Promise.all([1, 2, 3].map(() => client.call("remember", null)));
    expect(answers).toEqual(["restored", "restored", "restored"]);
    expect(crashes).toEqual([9]);
    expect(client.starts).toBe(2);
  });

  it("fails calls with onRestart's own error, and tries again with the next", async () => {
    let attempts = 0;
    const client = start({
      onRestart: () => {
        attempts += 1;
        if (attempts === 1) throw new Error("the checkpoint is gone");
      },
    });
    await expect(client.call("exit", { code: 1, lastWords: "" })).rejects.toBeInstanceOf(DeviceProcessCrashed);
    await expect(client.call("echo", 1)).rejects.toThrow("the checkpoint is gone");
    expect(await client.call("echo", 2)).toBe(2);
  });

  it("of a child that cannot start says why, each time", async () => {
    const client = startWorker<FixtureMethods>(new URL("./no-such-entry.ts", import.meta.url));
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(client.call("echo", 1)).rejects.toThrow(/exited with code 1; its last words:[\s\S]*no-such-entry/);
    }
    await client.close();
  });

  it("leaves output to whoever wants it", async () => {
    const lines: string[] = [];
    const client = start({ onOutput: (line) => lines.push(line) });
    await expect(client.call("exit", { code: 0, lastWords: "one\ntwo" })).rejects.toMatchObject({ exitCode: 0 });
    expect(lines).toEqual(["one", "two"]);
  });
});

describe("close", () => {
  it("ends the child, also one that hangs, rejects what is in flight, and leaves nothing", async () => {
    const client = start();
    const pid = await client.call("pid", null);
    const hanging = client.call("never", null);
    const blocked = client.call("block", { name: "x", ms: 1 });
    const settled = Promise.allSettled([hanging, blocked]);
    await client.close({ graceMilliseconds: 1000 });
    for (const { reason } of (await settled) as PromiseRejectedResult[])
      expect(reason).toBeInstanceOf(DeviceProcessClosed);
    // A zombie would still answer to its id.
    expect(isAlive(pid)).toBe(false);
    await expect(client.call("echo", 1)).rejects.toBeInstanceOf(DeviceProcessClosed);
    await client.close();
  });

  it("kills a child that does not leave the device in time", async () => {
    const client = start();
    const pid = await client.call("pid", null);
    const blocked = client.call("block", { name: "x", ms: 60_000 }).catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const begin = performance.now();
    await client.close({ graceMilliseconds: 100 });
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(await blocked).toBeInstanceOf(DeviceProcessClosed);
    expect(isAlive(pid)).toBe(false);
  });

  it("before the child is ready", async () => {
    const client = start();
    const early = client.call("echo", 1).catch((error) => error);
    await client.close({ graceMilliseconds: 2000 });
    expect(await early).toBeInstanceOf(DeviceProcessClosed);
  });
});

describe("a child that hangs", () => {
  it("is killed after so many seconds without a sign of life, and says so; the next call finds a fresh one", async () => {
    const client = start({ silenceSeconds: 1 });
    const hanging = await client.call("never", null).catch((error: unknown) => error);
    expect(hanging).toBeInstanceOf(DeviceProcessCrashed);
    expect((hanging as Error).message).toContain("gave no sign of life for 1 s while it worked, and was ended");
    expect(await client.call("echo", 1)).toBe(1);
  });

  it("is noticed also where its whole process stands still", async () => {
    const client = start({ silenceSeconds: 1 });
    const pid = await client.call("pid", null);
    process.kill(pid, "SIGSTOP");
    await expect(client.call("echo", 1)).rejects.toThrow(/no sign of life/);
    expect(await client.call("pid", null)).not.toBe(pid);
  });

  it("is not one that works long and breathes, nor one that has nothing to do", async () => {
    const client = start({ silenceSeconds: 2 });
    const pid = await client.call("pid", null);
    expect(await client.call("steps", { name: "long", count: 5, ms: 800 })).toBe("long");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await client.call("pid", null)).toBe(pid);
  });
});

describe("a child that is idle", () => {
  const idle = async (options: Partial<WorkerOptions<FixtureMethods>> = {}) => {
    let released: () => void;
    const wasReleased = new Promise<void>((resolve) => {
      released = resolve;
    });
    const client = start({ idleSeconds: 0.2, onIdle: () => released(), ...options });
    const pid = await client.call("pid", null);
    return { client, pid, wasReleased };
  };

  it("is let go; the next call starts another and brings it to where calls expect it", async () => {
    const { client, pid, wasReleased } = await idle({
      onRestart: async (_, call) => {
        await call("remember", "restored");
      },
    });
    await wasReleased;
    expect(client.pid).toBeUndefined();
    expect(isAlive(pid)).toBe(false);
    expect(await client.call("remember", null)).toBe("restored");
    expect(client.starts).toBe(2);
  });

  it("stays while it is held, and while it works", async () => {
    const { client, pid, wasReleased } = await idle();
    const letGo = client.hold();
    await client.call("block", { name: "a", ms: 500 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await client.call("pid", null)).toBe(pid);
    letGo();
    letGo();
    await wasReleased;
    expect(isAlive(pid)).toBe(false);
  });
});
