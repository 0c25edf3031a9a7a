/** Outputs that stay on the device, and the handles on them. */
import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../gpu/graph/builder.ts";
import { symbol } from "../../../gpu/graph/dim.ts";
import { add, mul } from "../../../gpu/graph/ops/elementwise.ts";
import { writeModel } from "../../../gpu/onnx/model-writer.ts";
import { liveDeviceTensors, liveSessions } from "../../../gpu/runtime/session.ts";
import { float32, type HostTensor } from "../../../gpu/runtime/tensor.ts";
import { testDevice as device } from "../../support/test-device.ts";

/** next = 2 state, report = state + 1, both [A, B] */
function model(): Uint8Array {
  const builder = new GraphBuilder("kept");
  const state = builder.input("state", "float32", [symbol("A"), symbol("B")]);
  builder.output("next", mul(state, 2));
  builder.output("report", add(state, 1));
  return writeModel(builder);
}
const start = float32(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
const values = (tensor: HostTensor) => [...tensor.data].map(Number);

describe(`kept outputs on ${device.name}`, () => {
  it("feeds the outputs of one run to the next, and only what is not kept comes back", async () => {
    const [sessions, tensors] = [liveSessions(), liveDeviceTensors()];
    const session = await device.openSession(model(), ["next"]);
    let state = await device.upload(start);
    for (let turn = 0; turn < 3; turn++) {
      const { host, kept } = await session.runKeeping({ state });
      expect(Object.keys(host)).toEqual(["report"]);
      expect(values(host.report!)).toEqual([1, 2, 3, 4, 5, 6].map((x) => x * 2 ** turn + 1));
      state.dispose();
      state = kept.next!;
      expect(state).toMatchObject({ dtype: "float32", shape: [2, 3] });
      expect(liveDeviceTensors()).toBe(tensors + 1);
    }
    await session.close();
    expect(values(await state.download()), "a tensor outlives the session that made it").toEqual([
      8, 16, 24, 32, 40, 48,
    ]);
    state.dispose();
    state.dispose();
    expect(liveDeviceTensors()).toBe(tensors);
    expect(liveSessions()).toBe(sessions);
  });

  it("does not copy on the CPU, and copies on a device that has memory of its own", async () => {
    const held = await device.upload(start);
    const back = await held.download();
    held.dispose();
    expect(back).toEqual(start);
    expect(back.data === start.data).toBe(device.traits.keptOutputs === "host");
  });

  it("refuses a handle after its disposal, with its dtype and shape", async () => {
    const session = await device.openSession(model(), ["next"]);
    const state = await device.upload(start);
    state.dispose();
    await expect(session.runKeeping({ state })).rejects.toThrow(/float32 \[2,3\] was used after its disposal/);
    await expect(state.download()).rejects.toThrow(/after its disposal/);
    await session.close();
  });
});
