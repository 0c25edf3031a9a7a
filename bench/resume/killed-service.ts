/** A service on data that stays, killed as the out-of-memory killer or a power switch would: itself, or the process of its device. */
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, jsonOf, statusOf } from "../speed/requests.ts";
import { type Service, type ServiceOptions, startService } from "../speed/service-process.ts";
import { childrenOf, commandOf, deviceOf } from "./child-processes.ts";

export type Victim = "service" | "device";

export class KilledService {
  readonly #options: ServiceOptions;
  #service: Service | null = null;

  constructor(options: ServiceOptions & { readonly data: string }) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#service = await startService(this.#options);
  }

  /** Waits until it answers, and starts it again where it was killed. */
  async get<T>(path: string, init?: RequestInit): Promise<T> {
    const service = this.#running();
    await eventually(service, path, async () => ((await statusOf(`${service.origin}/readyz`)) === 200 ? true : null));
    return jsonOf<T>(await fetch(service.origin + path, init));
  }

  /** As `get`, but null where it does not answer. */
  async ask<T>(path: string): Promise<T | null> {
    try {
      return await jsonOf<T>(await fetch(this.#running().origin + path));
    } catch {
      return null;
    }
  }

  /** SIGKILL. False where there is no such process at this moment. A killed service is started again at once. */
  async kill(victim: Victim): Promise<boolean> {
    const service = this.#running();
    if (victim === "device") {
      const device = deviceOf(service.pid!);
      if (device === null) return false;
      process.kill(device, "SIGKILL");
      return true;
    }
    const children = childrenOf(service.pid!);
    process.kill(service.pid!, "SIGKILL");
    await service.ended;
    // Its device ends by itself, and must: it would work on beside the next one.
    for (const end = performance.now() + 10_000; children.some((pid) => commandOf(pid) !== ""); await sleep(10)) {
      if (performance.now() > end)
        throw new Error(`processes ${children.join(", ")} outlived the service that was killed`);
    }
    await this.start();
    return true;
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
    this.#service = null;
  }

  #running(): Service {
    if (this.#service === null) throw new Error("the service was not started");
    return this.#service;
  }
}
