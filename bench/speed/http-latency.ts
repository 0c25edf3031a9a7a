/** How long a reader waits while the same machine trains: GETs of the service during an iteration. */
import { type Latencies, latencies, pacedRequests } from "./paced-requests.ts";
import { eventually, jsonOf, postJson, statusOf } from "./requests.ts";
import { type ServiceOptions, startService } from "./service-process.ts";

export interface HttpLatency {
  readonly idle: Latencies;
  readonly duringIteration: Latencies;
  /** Optimiser steps the iteration had recorded when measuring ended: 0 means that only its sampling was seen. */
  readonly trainingSteps: number;
  /** State of the iteration then; `running` unless it was over before all requests were made. */
  readonly iterationState: string;
}

export interface HttpLatencyOptions extends ServiceOptions {
  readonly seconds: number;
}

const perSecond = 20;

interface Iteration {
  readonly id: string;
  readonly operationId: string;
  readonly state: string;
}

export async function measureHttpLatency(options: HttpLatencyOptions): Promise<HttpLatency> {
  const service = await startService(options);
  try {
    const at = (path: string) => `${service.origin}${path}`;
    await eventually(service, "GET /readyz", async () => ((await statusOf(at("/readyz"))) === 200 ? true : null));
    const run = await jsonOf<{ id: string }>(await postJson(at("/v1/runs"), {}));
    const urls = [at("/v1/iterations"), at(`/v1/runs/${run.id}`)];
    await pacedRequests(urls, { perSecond, count: perSecond }); // code paths and connections
    const idle = latencies(await pacedRequests(urls, { perSecond, count: 5 * perSecond }));

    const started = await jsonOf<{ iterations: Iteration[] }>(await postJson(at("/v1/iterations"), { run: run.id }));
    const { id, operationId } = started.iterations[0]!;
    const current = async () => jsonOf<Iteration>(await fetch(at(`/v1/iterations/${id}`)));
    await eventually(service, "the iteration to start", async () =>
      (await current()).state === "queued" ? null : true,
    );
    let over = false;
    const look = () =>
      current().then(
        ({ state }) => {
          over ||= state !== "running";
        },
        () => {
          over = true; // the request after the pacing says why
        },
      );
    const watch = setInterval(look, 1000);
    const during = await pacedRequests(urls, { perSecond, count: options.seconds * perSecond }, () => over).finally(
      () => clearInterval(watch),
    );

    const { state } = await current();
    const steps = await jsonOf<{ data: unknown[] }>(await fetch(at(`/v1/iterations/${id}/steps`)));
    await jsonOf(await postJson(at(`/v1/operations/${operationId}/cancel`), {}));
    return { idle, duringIteration: latencies(during), trainingSteps: steps.data.length, iterationState: state };
  } finally {
    await service.stop();
  }
}
