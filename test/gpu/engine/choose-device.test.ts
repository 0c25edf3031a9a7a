/** Which device the engine runs on, and what it says where one is missing. Through a real device process. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { chooseDevice } from "../../../gpu/engine/choose-device.ts";
import { openDevice } from "../../../gpu/engine/device.ts";
import { deviceIdText, deviceTraits, parseDeviceId } from "../../../gpu/runtime/devices.ts";
import { onCpu, testDevice } from "../../support/test-device.ts";

const directory = fileURLToPath(new URL("../../../models/abacus", import.meta.url));

describe("device names", () => {
  it.each([
    ["cpu", "cpu"],
    ["webgpu", "webgpu"],
    ["cuda", "cuda:0"],
    ["cuda:3", "cuda:3"],
  ])("%s is %s", (given, canonical) => expect(deviceIdText(parseDeviceId(given)!)).toBe(canonical));

  it.each(["auto", "gpu", "cpu:0", "webgpu:1", "cuda:", "cuda:-1", "", "toString"])("%s is none", (given) =>
    expect(parseDeviceId(given)).toBeNull(),
  );

  it("have a remedy each", () => {
    for (const { remedy } of Object.values(deviceTraits)) expect(remedy).toMatch(/^[^\n]{20,}$/);
  });
});

describe.skipIf(testDevice.id.kind !== "webgpu")("auto where there is a WebGPU adapter", () => {
  it("takes it for a large model only if it is faster, and says what was measured", async () => {
    const { device, reason } = await chooseDevice("auto", 2, 600_000_000);
    const [, ratio] = /^chosen by auto, webgpu is ([\d.]+) times as fast at a matrix product/.exec(reason) ?? [];
    expect(device.id.kind).toBe(Number(ratio) >= 2 ? "webgpu" : "cpu");
    await device.close();
  });
});

describe.skipIf(!onCpu)("opening a device", () => {
  it("auto keeps a small model on the CPU and says why", async () => {
    const { device, reason } = await chooseDevice("auto", 2, 800_000);
    expect(device.name).toBe("cpu (2 threads)");
    expect(reason).toBe("chosen by auto, a model of 0.8 million parameters gains nothing from a GPU");
    const named = await chooseDevice("cpu", 1, 800_000);
    expect([named.device.name, named.reason]).toEqual(["cpu (1 thread)", ""]);
  });

  it("says in one line what to do where there is no WebGPU adapter", async () => {
    const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
    Object.assign(process.env, { VK_DRIVER_FILES: "/nowhere.json", VK_ICD_FILENAMES: "/nowhere.json" });
    try {
      const opened = openDevice({ directory, threads: 1, device: "webgpu" });
      // Where the driver is not Vulkan's, the adapter is there all the same.
      if (process.platform !== "linux") return (await opened).close();
      await expect(opened).rejects.toMatchObject({
        code: "device-unavailable",
        message: expect.stringMatching(
          /^webgpu cannot be used here \([^\n]+\); it needs a GPU with a Vulkan[^\n]+RZERO_DEVICE=cpu$/,
        ),
      });
    } finally {
      for (const [name, value] of Object.entries({ VK_DRIVER_FILES, VK_ICD_FILENAMES }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });

  it("says in one line what to do where there is no CUDA provider, and refuses a name that is none", async () => {
    const unavailable = (message: RegExp) => ({ code: "device-unavailable", message: expect.stringMatching(message) });
    await expect(chooseDevice("tpu", 1, 1)).rejects.toMatchObject(unavailable(/^tpu is no device; expected/));
    const opened = await openDevice({ directory, threads: 1, device: "cuda" }).catch((error: unknown) => error);
    if (opened instanceof Error)
      expect(opened).toMatchObject(unavailable(/^cuda:0 cannot be used here \([^\n]+\); [^\n]*npm run setup:cuda/));
    else await (opened as Awaited<ReturnType<typeof openDevice>>).close();
  });
});
