import { describe, expect, it } from "vitest";
import { type Probe, takeTurns } from "../../bench/speed/probe.ts";

describe("takeTurns", () => {
  const recording = (log: string[], name: string, fail = false): Probe => ({
    name,
    open: async () => void log.push(`open ${name}`),
    measure: async () => {
      if (fail) throw new Error(`${name} failed`);
      log.push(name);
      return "1";
    },
    close: async () => void log.push(`close ${name}`),
  });

  it("interleaves, and opens and closes a probe once however often it stands in the order", async () => {
    const log: string[] = [];
    const ceiling = recording(log, "ceiling");
    await takeTurns([ceiling, recording(log, "a"), ceiling, recording(log, "b")], 2, () => undefined);
    const round = ["ceiling", "a", "ceiling", "b"];
    const before = ["open ceiling", "open a", "open b"];
    expect(log).toEqual([...before, ...round, ...round, "close ceiling", "close a", "close b"]);
  });

  it("closes what it opened if one fails", async () => {
    const log: string[] = [];
    const order = [recording(log, "a"), recording(log, "b", true)];
    await expect(takeTurns(order, 1, () => undefined)).rejects.toThrow("b failed");
    expect(log.slice(-2)).toEqual(["close a", "close b"]);
  });
});
