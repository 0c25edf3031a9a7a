/** What the clients found: how long each kind of request took, and what went wrong. */
import { type Latencies, latencies } from "../speed/paced-requests.ts";

const KEPT_ERRORS = 20;

export class Tally {
  readonly #milliseconds = new Map<string, number[]>();
  readonly #errors: string[] = [];
  #errorCount = 0;

  took(what: string, milliseconds: number): void {
    const known = this.#milliseconds.get(what);
    if (known === undefined) this.#milliseconds.set(what, [milliseconds]);
    else known.push(milliseconds);
  }

  failed(what: string, error: unknown): void {
    this.#errorCount++;
    const said = error instanceof Error ? error.message : String(error);
    if (this.#errors.length < KEPT_ERRORS) this.#errors.push(`${what}: ${said}`);
  }

  get errorCount(): number {
    return this.#errorCount;
  }
  /** The first ones. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Of everything whose name begins so. */
  of(prefix: string): Latencies {
    const chosen = [...this.#milliseconds].filter(([what]) => what.startsWith(prefix));
    return latencies(chosen.flatMap(([, milliseconds]) => milliseconds));
  }

  names(): readonly string[] {
    return [...this.#milliseconds.keys()].sort();
  }
}
