/** Compiled programs by name. Building and optimising one takes tenths of a second; each is kept until the end. */
import type { Graph } from "../graph/node.ts";
import { writeModel } from "../onnx/model-writer.ts";
import type { ComputeDevice } from "../runtime/compute-device.ts";
import type { Session } from "../runtime/session.ts";
import type { MappedWeights } from "./mapped-weights.ts";

export class ProgramCache {
  readonly device: ComputeDevice;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(device: ComputeDevice) {
    this.device = device;
  }

  /**
   * @param keep outputs that stay on the device; the same for every call with this key
   * @param mapped the model's files, where the program reads weights from them; likewise
   */
  get(
    key: string,
    build: () => Graph,
    { keep = [], mapped = null }: { keep?: readonly string[]; mapped?: MappedWeights | null } = {},
  ): Promise<Session> {
    const known = this.#sessions.get(key);
    if (known) return known;
    const opened = this.#open(build(), keep, mapped);
    this.#sessions.set(key, opened);
    opened.catch(() => this.#sessions.delete(key));
    return opened;
  }

  async #open(graph: Graph, keep: readonly string[], mapped: MappedWeights | null): Promise<Session> {
    await mapped?.checkUnchanged();
    const model = writeModel(graph, this.device.traits.lowerings, mapped?.places);
    return this.device.openSession(model, keep, mapped?.folder);
  }

  /** Closes every session; `get` opens them anew. Also what to do where memory ran out: a session's arena keeps what it took. */
  async close(): Promise<void> {
    const sessions = await Promise.all(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) await session.close();
  }
}
