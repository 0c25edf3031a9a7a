/**
 * ONE table: what differs between the devices. Everything else about a run is the same graph, the same feeds and the
 * same code.
 */
import type { InferenceSession } from "onnxruntime-node";
import type { DType } from "../graph/node.ts";
import type { LoweringColumn } from "../onnx/model-writer.ts";

export const DEVICE_KINDS = ["cpu", "webgpu", "cuda"] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

export interface DeviceId {
  readonly kind: DeviceKind;
  /** Which of several; only CUDA lets us choose. */
  readonly index: number;
}

export interface DeviceTraits {
  /** In the order ONNX Runtime asks them for kernels. */
  readonly executionProviders: (index: number) => readonly InferenceSession.ExecutionProviderConfig[];
  /**
   * Where an output that is kept lives until the next run reads it. "host": it is an array (the CPU needs nothing else, and
   * the Node binding copies every CUDA output back). "device": it never leaves the device.
   */
  readonly keptOutputs: "host" | "device";
  /** Column of the table of lowerings. */
  readonly lowerings: LoweringColumn;
  /**
   * How a generation runs. "one-run": the loop over tokens is inside the graph. "block-by-block": the host runs one block
   * of tokens after another, because the provider runs `Loop` on the host and would copy the cache there at every turn.
   */
  readonly generation: "one-run" | "block-by-block";
  /**
   * Whether frozen weights can be read where their files are mapped. Elsewhere a session would copy them into memory of its
   * own, so they are fed: uploaded once for all sessions.
   */
  readonly mapsFiles: boolean;
  /** What is computed there. All other dtypes are indices and sizes, which the host computes for every device. */
  readonly computes: readonly DType[];
  /** What to do where it is missing. */
  readonly remedy: string;
}

export const deviceTraits = {
  cpu: {
    executionProviders: () => ["cpu"],
    keptOutputs: "host",
    lowerings: "standard",
    generation: "one-run",
    mapsFiles: true,
    computes: ["float32"],
    remedy: "the CPU provider is part of onnxruntime-node; install the packages again",
  },
  webgpu: {
    executionProviders: () => ["webgpu"],
    keptOutputs: "device",
    lowerings: "webgpu",
    generation: "block-by-block",
    mapsFiles: false,
    computes: ["float32"],
    remedy:
      "it needs a GPU with a Vulkan, Metal or D3D12 driver (on Linux also the package libvulkan1), or RZERO_DEVICE=cpu",
  },
  cuda: {
    executionProviders: (index) => [{ name: "cuda", deviceId: index }],
    keptOutputs: "host",
    lowerings: "standard",
    generation: "one-run",
    mapsFiles: false,
    computes: ["float32"],
    remedy:
      "it needs Linux on x64, an NVIDIA driver, CUDA 12 with cuDNN 9, and `npm run setup:cuda`; or RZERO_DEVICE=cpu",
  },
} as const satisfies Record<DeviceKind, DeviceTraits>;

export const traitsOf = (id: DeviceId): DeviceTraits => deviceTraits[id.kind];

/** `cpu`, `webgpu`, `cuda`, `cuda:1`; null for anything else. */
export function parseDeviceId(text: string): DeviceId | null {
  const [, name, index] = /^(cpu|webgpu|cuda)(?::(\d{1,2}))?$/.exec(text) ?? [];
  const kind = DEVICE_KINDS.find((each) => each === name);
  if (kind === undefined || (index !== undefined && kind !== "cuda")) return null;
  return { kind, index: Number(index ?? 0) };
}

export const deviceIdText = ({ kind, index }: DeviceId): string => (kind === "cuda" ? `cuda:${index}` : kind);

export const CPU: DeviceId = { kind: "cpu", index: 0 };
