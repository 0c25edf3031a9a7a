/** Runs a graph once on the test device. */
import type { Graph } from "../../gpu/graph/node.ts";
import type { HostTensor } from "../../gpu/runtime/tensor.ts";
import { openTestSession } from "./test-device.ts";

export async function runGraph(
  graph: Graph,
  inputs: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  const session = await openTestSession(graph);
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
}

/** Deterministic values in [-1, 1), well spread. */
export function pseudoRandom(count: number, seed = 1): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) as number;
  });
}
