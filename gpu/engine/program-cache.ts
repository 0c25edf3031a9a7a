/** Compiled programs by name. Building and optimising one takes tenths of a second; each is kept until the end. */
import type { Graph } from "../graph/node.ts";
import { writeModel } from "../onnx/model-writer.ts";
import { Session } from "../runtime/session.ts";

export class ProgramCache {
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(threads: number) {
    this.#threads = threads;
  }

  get(key: string, build: () => Graph): Promise<Session> {
    const known = this.#sessions.get(key);
    if (known) return known;
    const opened = Session.open(writeModel(build()), { threads: this.#threads });
    this.#sessions.set(key, opened);
    return opened;
  }

  async close(): Promise<void> {
    const sessions = await Promise.all(this.#sessions.values());
    this.#sessions.clear();
    for (const session of sessions) await session.close();
  }
}
