import { expect, it } from "vitest";
import { asDeviceError, DeviceError } from "../../../gpu/runtime/device-error.ts";

it.each([
  "Failed to allocate memory for requested buffer of size 4194304000",
  "std::bad_alloc",
  // seen on SwiftShader, uploading a table of 1.2 GiB
  "WebGPU validation failed. Buffer size (1244659712) exceeds the max buffer size limit (1073741824).\n - While calling [Device].CreateBuffer([BufferDescriptor]).",
  // Dawn's words where one kernel may not be bound to as much as it needs
  'WebGPU validation failed. Binding size (622329856) of [Buffer "w"] is larger than the maximum storage buffer binding size (134217728).',
  "WebGPU validation failed. The number of storage buffers (11) in the Compute stage exceeds the maximum per-stage limit (10).",
])("a device that has too little says so with the sizes: %s", (message) => {
  const error = asDeviceError(new Error(message), "webgpu", "w [151936,1024] (622329856 bytes)");
  expect(error).toBeInstanceOf(DeviceError);
  expect(error).toMatchObject({
    code: "out-of-memory",
    message: expect.stringMatching(/^webgpu has no .* w \[151936,1024\]/),
  });
});

it("any other error stays what it is", () => {
  const error = new Error("Invalid rank for input: x");
  expect(asDeviceError(error, "cpu", "x [1]")).toBe(error);
});
