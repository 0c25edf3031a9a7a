/** A run's memory over its iterations: which questions it has seen, and how many of each kind (rzero/question-memory.ts). */
import type { MemoryEntry, MemoryRepository, MemoryView } from "../curriculum/memory-repository.ts";
import type { Domain } from "../domains/domain.ts";
import type { Question } from "../records/records.ts";
import { bandsOf, jaccard, shingles } from "../rzero/near-duplicates.ts";
import { questionTemplate, type RememberedKinds, SAME_KIND } from "../rzero/question-memory.ts";
import type { Environment } from "./environment.ts";
import type { IterationWork } from "./iteration-work.ts";

/** What of an iteration the memory needs. */
export interface Remembering extends Pick<IterationWork, "run" | "domain"> {
  readonly environment: Pick<Environment, "curriculum">;
}

/** Candidates read from each of the eight bands. A band full of the same question gives it at once. */
const PER_BAND = 16;

/** Buckets of one run and view are its own. */
const saltOf = (runId: string, view: MemoryView) => `${runId}:${view}`;

/** Does an earlier iteration of the run hold a question as similar as `threshold` (Jaccard of shingles)? */
export function rememberedRepetition(
  memory: MemoryRepository,
  runId: string,
  domain: Pick<Domain, "words">,
  words: readonly string[],
  threshold: number,
): boolean {
  const own = shingles(words);
  const candidates = memory.candidates(bandsOf(own, saltOf(runId, "text")), PER_BAND);
  return candidates.some(({ text }) => jaccard(own, shingles(domain.words(text))) >= threshold);
}

/** Kinds of questions as the memory knows them, looked up once per template. A kind is named by its first question. */
export class KindsOfQuestions {
  readonly #memory: MemoryRepository;
  readonly #domain: Pick<Domain, "words">;
  readonly #runId: string;
  /** Of an iteration under way, whose own questions count too. */
  readonly #during: string | undefined;
  /** By template. */
  readonly #kinds = new Map<string, string>();
  readonly #sizes = new Map<string, number>();

  constructor(memory: MemoryRepository, domain: Pick<Domain, "words">, runId: string, during?: string) {
    this.#memory = memory;
    this.#domain = domain;
    this.#runId = runId;
    this.#during = during;
  }

  /** The kind of a question; where it is the first of its own, `begin` is told the bands of its template and names it. */
  kindOf(question: string, begin: (bands: readonly number[]) => string): string {
    const template = questionTemplate(this.#domain.words(question));
    const key = template.join(" ");
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const own = shingles(template);
    const bands = bandsOf(own, saltOf(this.#runId, "template"));
    const kind = this.#search(own, bands) ?? begin(bands);
    this.#kinds.set(key, kind);
    return kind;
  }

  /** Questions of the same kind in completed iterations. */
  sizeOf(question: string): number {
    const kind = this.kindOf(question, () => NO_KIND);
    const size = this.#sizes.get(kind) ?? (kind === NO_KIND ? 0 : this.#memory.kindSize(kind));
    this.#sizes.set(kind, size);
    return size;
  }

  #search(own: ReadonlySet<number>, bands: readonly number[]): string | null {
    let best = { kind: null as string | null, similarity: SAME_KIND };
    for (const { questionId, text } of this.#memory.candidates(bands, PER_BAND, this.#during)) {
      const similarity = jaccard(own, shingles(questionTemplate(this.#domain.words(text))));
      if (similarity >= best.similarity) best = { kind: questionId, similarity };
    }
    return best.kind;
  }
}

const NO_KIND = "";

/** What the Challenger's rewards look up; null where the run remembers no kinds. */
export function rememberedKinds({
  environment,
  run,
  domain,
}: Remembering): { kinds: KindsOfQuestions; memory: RememberedKinds } | null {
  if (run.config.challenger.memoryWeight === 0) return null;
  const { memory } = environment.curriculum;
  return { kinds: new KindsOfQuestions(memory, domain, run.id), memory: memory.kinds(run.id) };
}

/** Remembers the pool's well-formed questions, as far as the run's settings will ask for them. */
export async function rememberPool(
  work: Remembering & Pick<IterationWork, "iteration">,
  pool: readonly Question[],
): Promise<void> {
  const { environment, run, domain, iteration } = work;
  const { memory } = environment.curriculum;
  const { gate } = run.config.pool;
  const wellFormed = pool.filter(({ state }) => state !== "malformed" && state !== "duplicate");
  const entry = { iterationId: iteration.id } as const;
  memory.forget(iteration.id);
  if (gate.nearDuplicate !== null && gate.acrossIterations) {
    await memory.rememberAll(wellFormed, ({ id, text }): MemoryEntry => {
      const bands = bandsOf(shingles(domain.words(text)), saltOf(run.id, "text"));
      return { ...entry, questionId: id, view: "text", bands };
    });
  }
  if (run.config.challenger.memoryWeight > 0) {
    const kinds = new KindsOfQuestions(memory, domain, run.id, iteration.id);
    const sizes = new Map<string, number>();
    await memory.rememberAll(wellFormed, ({ id, text }): MemoryEntry | null => {
      let first: readonly number[] | null = null;
      const kind = kinds.kindOf(text, (bands) => {
        first = bands;
        return id;
      });
      sizes.set(kind, (sizes.get(kind) ?? 0) + 1);
      return first === null ? null : { ...entry, questionId: id, view: "template", bands: first };
    });
    await memory.rememberKinds(iteration.id, sizes);
  }
}
