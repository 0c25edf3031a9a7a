/**
 * The grader for what models write. Equal texts and plain numbers are decided here; everything else goes in batches to a
 * child process with a deadline. A batch that is late is repeated pair by pair, so one bad pair costs itself an error and
 * nobody else anything.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { mapInPieces } from "../../policy/map-in-pieces.ts";
import { compareQuickly } from "../compare-quickly.ts";
import type { AnswerPair, Grader, Grouping } from "../grader.ts";
import { groupsOf, pairsOf } from "../groups.ts";
import type { Verdict } from "../verdict.ts";
import { GradingProcess, type Outcome } from "./grading-process.ts";
import { RecentlyUsed } from "./recently-used.ts";

export interface WorkerGraderOptions {
  /** Per comparison; 2 s. */
  readonly deadlineMs?: number;
  /** Verdicts remembered; 100,000. */
  readonly remembered?: number;
}

const BATCH = 128;
/** Pairs looked at between two turns of the event loop. */
const PIECE = 500;
/** Of both answers of a pair that is remembered: long ones would fill the memory. */
const REMEMBERED_LENGTH = 400;

export class WorkerGrader implements Grader {
  readonly #deadlineMs: number;
  readonly #verdicts: RecentlyUsed<string, Verdict>;
  readonly #process = new GradingProcess();
  /** Requests take turns; each starts when the one before has ended. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor({ deadlineMs = 2000, remembered = 100_000 }: WorkerGraderOptions = {}) {
    this.#deadlineMs = deadlineMs;
    this.#verdicts = new RecentlyUsed(remembered);
  }

  /** Child processes started so far: one more than were lost, once anything was asked of them. */
  get starts(): number {
    return this.#process.starts;
  }

  /** Of the child at work; null where none runs. */
  get processId(): number | null {
    return this.#process.processId;
  }

  async compare(pairs: readonly AnswerPair[], signal?: AbortSignal): Promise<readonly Verdict[]> {
    const verdicts = new Array<Verdict | undefined>(pairs.length);
    /** Places of each pair that is still open, equal ones together. */
    const open = new Map<string, number[]>();
    for (const [place, [a, b]] of pairs.entries()) {
      const key = keyOf(a, b);
      const places = open.get(key);
      if (places) places.push(place);
      else {
        verdicts[place] = compareQuickly(a, b) ?? this.#verdicts.get(key);
        if (verdicts[place] === undefined) open.set(key, [place]);
      }
      if (place % PIECE === PIECE - 1) await nextTurn();
    }
    const waiting = [...open];
    for (let start = 0; start < waiting.length; start += BATCH) {
      const batch = waiting.slice(start, start + BATCH);
      const found = await this.#inTurn(
        batch.map(([, [place]]) => pairs[place!]!),
        signal,
      );
      batch.forEach(([key, places], index) => {
        const verdict = found[index]!;
        if (key.length <= REMEMBERED_LENGTH) this.#verdicts.set(key, verdict);
        for (const place of places) verdicts[place] = verdict;
      });
    }
    return verdicts as Verdict[];
  }

  async group(sets: readonly (readonly string[])[], signal?: AbortSignal): Promise<readonly Grouping[]> {
    const pairs = await mapInPieces(sets, pairsOf);
    const verdicts = await this.compare(pairs.flat(), signal);
    let start = 0;
    return mapInPieces(sets, (answers, index) => {
      const own = verdicts.slice(start, start + pairs[index]!.length);
      start += own.length;
      return groupsOf(answers, own);
    });
  }

  close(): void {
    this.#closed = true;
    this.#process.kill();
  }

  #inTurn(batch: readonly AnswerPair[], signal?: AbortSignal): Promise<readonly Verdict[]> {
    const turn = this.#turn.then(() => {
      signal?.throwIfAborted();
      return this.#judge(batch);
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #judge(batch: readonly AnswerPair[]): Promise<readonly Verdict[]> {
    if (this.#closed) throw new Error("the grader is closed");
    const outcome = await this.#process.ask(batch, this.#deadlineMs);
    if (typeof outcome !== "string") return outcome;
    if (this.#closed) throw new Error("the grader was closed while it was asked");
    if (batch.length === 1) return [this.#failure(outcome)];
    const verdicts: Verdict[] = [];
    for (const pair of batch) verdicts.push(...(await this.#judge([pair])));
    return verdicts;
  }

  #failure(outcome: Exclude<Outcome, readonly Verdict[]>): Verdict {
    return outcome === "too-slow"
      ? { error: "deadline-exceeded", message: `no verdict within ${this.#deadlineMs} ms` }
      : { error: "worker-lost", message: "the grading process ended: out of memory, most likely" };
  }
}

const keyOf = (a: string, b: string): string => (a < b ? `${a}\0${b}` : `${b}\0${a}`);
