/** What RZERO_TEST_DEVICE computes, and where, held against the CPU. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ComputeDevice } from "../../../gpu/runtime/compute-device.ts";
import { liveDeviceTensors, liveSessions } from "../../../gpu/runtime/session.ts";
import { sampleAndScoreOn, trainOn } from "../../support/engine-on.ts";
import { relativeError } from "../../support/expect-close.ts";
import { onCpu, testDevice } from "../../support/test-device.ts";

const cpu = ComputeDevice.cpu(1);

describe.skipIf(onCpu)(`${testDevice.name} against the CPU`, () => {
  it("ends five GRPO steps in the same weights, losses and log-probabilities, to 1e-4", async () => {
    const [sessions, tensors] = [liveSessions(), liveDeviceTensors()];
    const [here, there] = [await trainOn(testDevice, 5), await trainOn(cpu, 5)];
    expect(relativeError(here.trained, there.trained)).toBeLessThan(1e-4);
    for (const [step, expected] of there.history.entries()) {
      const { loss, gradNorm, logprobs } = here.history[step]!;
      expect(relativeError([loss, gradNorm], [expected.loss, expected.gradNorm])).toBeLessThan(1e-4);
      for (const [i, values] of logprobs.entries())
        expect(relativeError(values, expected.logprobs[i]!)).toBeLessThan(1e-4);
    }
    expect(liveDeviceTensors(), "everything kept was disposed").toBe(tensors);
    expect(liveSessions()).toBe(sessions);
  });

  it.each([{}, { topP: 0.9, topK: 12 }, { temperature: 0 }])(
    "samples and scores the same tokens with %o",
    async (cut) => {
      const [here, there] = [await sampleAndScoreOn(testDevice, cut), await sampleAndScoreOn(cpu, cut)];
      expect(here.tokens).toEqual(there.tokens);
      expect(relativeError(here.rawLogprobs, there.rawLogprobs)).toBeLessThan(1e-4);
      expect(relativeError(here.scored, there.scored)).toBeLessThan(1e-4);
      expect(relativeError(here.rawLogprobs, here.scored), "sampler and scorer").toBeLessThan(1e-4);
    },
  );
});

/** One operator of one run, as the profiler saw it. */
interface Executed {
  readonly op: string;
  readonly provider: string;
  readonly outputs: readonly string[];
}

function executed(folder: string): Executed[] {
  return readdirSync(folder).flatMap((file) => {
    const events = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
      cat: string;
      args?: { op_name?: string; provider?: string; output_type_shape?: Record<string, unknown>[] };
    }[];
    return events.flatMap(({ cat, args }) =>
      cat === "Node" && args?.op_name !== undefined && args.provider !== undefined
        ? [
            {
              op: args.op_name,
              provider: args.provider,
              outputs: (args.output_type_shape ?? []).flatMap((output) => Object.keys(output)),
            },
          ]
        : [],
    );
  });
}

describe.skipIf(onCpu)(`where ${testDevice.name} computes`, () => {
  it("leaves nothing to the host but indices and sizes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "placement-"));
    try {
      const device = await ComputeDevice.open(testDevice.id, 1, join(folder, "run"));
      await trainOn(device, 1);
      for (const cut of [{}, { topP: 0.9 }, { temperature: 0 }]) await sampleAndScoreOn(device, cut);
      await device.close();
      const nodes = executed(folder);
      const onHost = nodes.filter(({ provider }) => provider === "CPUExecutionProvider");
      expect(nodes.length - onHost.length).toBeGreaterThan(500);
      const computed = onHost.filter(({ outputs }) => outputs.some((type) => type !== "int64" && type !== "int32"));
      expect([...new Set(computed.map(({ op, outputs }) => `${op} -> ${outputs}`))]).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
