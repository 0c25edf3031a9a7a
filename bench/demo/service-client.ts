/** The service's HTTP interface, as far as the demo needs it. */
import { DemoError } from "./demo-error.ts";
import type {
  WireIterationPage,
  WireIterationsStarted,
  WireModelList,
  WireOperation,
  WireProblem,
  WireQuestion,
  WireQuestionPage,
  WireReadiness,
  WireRun,
  WireSolutionPage,
  WireStepList,
} from "./wire.ts";

/** An answer that says no: RFC 9457 where the service wrote it, otherwise what came instead. */
export class RefusedError extends DemoError {
  readonly status: number;
  constructor(request: string, status: number, detail: string) {
    super(`${request} was answered ${status}: ${detail}`);
    this.status = status;
  }
}

export interface QuestionFilter {
  readonly iteration: string;
  readonly state: WireQuestion["state"];
  readonly minShare?: number;
  readonly maxShare?: number;
  readonly limit: number;
  readonly after?: string;
}

export class ServiceClient {
  readonly base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  /** `signal` ends every request. */
  constructor(base: string, options: { readonly apiKey?: string; readonly signal?: AbortSignal } = {}) {
    this.base = base;
    this.#headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
    this.#signal = options.signal;
  }

  createRun(request: { preset?: string; model?: string; seed: number; overrides?: unknown }): Promise<WireRun> {
    return this.#json("POST", "/v1/runs", request);
  }

  getRun(id: string): Promise<WireRun> {
    return this.#json("GET", `/v1/runs/${id}`);
  }

  startIterations(run: string, count: number): Promise<WireIterationsStarted> {
    return this.#json("POST", "/v1/iterations", { run, count });
  }

  iterations(run: string): Promise<WireIterationPage> {
    return this.#json("GET", `/v1/iterations?run=${run}&limit=200`);
  }

  steps(iteration: string): Promise<WireStepList> {
    return this.#json("GET", `/v1/iterations/${iteration}/steps`);
  }

  questions(filter: QuestionFilter): Promise<WireQuestionPage> {
    const query = Object.entries(filter).map(([name, value]) => [name, String(value)]);
    return this.#json("GET", `/v1/questions?${new URLSearchParams(query as [string, string][])}`);
  }

  solutions(question: string): Promise<WireSolutionPage> {
    return this.#json("GET", `/v1/solutions?question=${question}&limit=1`);
  }

  models(): Promise<WireModelList> {
    return this.#json("GET", "/v1/models");
  }

  operation(id: string): Promise<WireOperation> {
    return this.#json("GET", `/v1/operations/${id}`);
  }

  /** Also where the service is not ready: the checks say why. */
  async readiness(): Promise<WireReadiness> {
    const response = await this.open("/readyz");
    if (response.status === 200 || response.status === 503) return (await response.json()) as WireReadiness;
    throw await refusal("GET /readyz", response);
  }

  /** The raw answer; rejects where nobody answers. */
  open(path: string, headers: Readonly<Record<string, string>> = {}, signal = this.#signal): Promise<Response> {
    return fetch(`${this.base}${path}`, { headers: { ...this.#headers, ...headers }, signal });
  }

  async #json<Body>(method: string, path: string, body?: unknown): Promise<Body> {
    const request = `${method} ${path}`;
    const response = await this.#reach(request, {
      method,
      headers: {
        accept: "application/json",
        ...this.#headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await refusal(request, response);
    return (await response.json()) as Body;
  }

  async #reach(request: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.base}${request.slice(request.indexOf(" ") + 1)}`, { ...init, signal: this.#signal });
    } catch (error) {
      this.#signal?.throwIfAborted();
      const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new DemoError(`${this.base} could not be reached for ${request}: ${why}`, { cause: error });
    }
  }
}

/** Longest piece of an answer that is no problem document. */
const SHOWN = 500;

export async function refusal(request: string, response: Response): Promise<RefusedError> {
  const text = await response.text();
  const isProblem = /\bproblem\+json\b/.test(response.headers.get("content-type") ?? "");
  return new RefusedError(request, response.status, isProblem ? inWords(JSON.parse(text)) : text.slice(0, SHOWN));
}

function inWords({ code, detail, errors = [] }: WireProblem): string {
  const fields = errors.map(({ field, message }) => `\n  - ${field === "" ? "the request" : field}: ${message}`);
  return `${detail} (${code})${fields.join("")}`;
}
