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
