/** From the command to an answer: the service started, and its first token sampled. */
import type { Probe } from "./probe.ts";
import { eventually, jsonOf, postJson, statusOf } from "./requests.ts";
import { SERVED_MODEL, type ServiceOptions, startService } from "./service-process.ts";

/** Starts after the first find files in the page cache: cold is the process, not the disk. */
export class ColdStart implements Probe {
  readonly name = "cold start";
  /** Milliseconds from the start of the process, one per start. */
  readonly healthyMs: number[] = [];
  readonly firstTokenMs: number[] = [];
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  async measure(): Promise<string> {
    const service = await startService(this.#options);
    try {
      const sinceStart = () => performance.now() - service.startedAt;
      await eventually(service, "GET /healthz", async () =>
        (await statusOf(`${service.origin}/healthz`)) === 200 ? true : null,
      );
      const healthy = sinceStart();
      const request = { model: SERVED_MODEL, prompt: "12+18", max_tokens: 1 };
      const completion = await eventually(service, "POST /v1/completions", async () => {
        const response = await postJson(`${service.origin}/v1/completions`, request);
        if (response.status !== 503) return jsonOf<{ usage: { completion_tokens: number } }>(response);
        await response.arrayBuffer(); // the model is still opening
        return null;
      });
      const firstToken = sinceStart();
      if (completion.usage.completion_tokens !== 1)
        throw new Error(`${completion.usage.completion_tokens} tokens were sampled, expected 1`);
      this.healthyMs.push(healthy);
      this.firstTokenMs.push(firstToken);
      return `healthy after ${healthy.toFixed(0)} ms, first token after ${firstToken.toFixed(0)} ms`;
    } finally {
      await service.stop();
    }
  }
}
