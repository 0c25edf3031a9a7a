/** A run's memory over its iterations: which questions it has seen, and how many of each kind (rzero/question-memory.ts). */
import type { MemoryEntry, MemoryRepository, MemoryView } from "../curriculum/memory-repository.ts";
import type { Domain } from "../domains/domain.ts";
import type { Question } from "../records/records.ts";
import { bandsOf, jaccard, shingles } from "../rzero/near-duplicates.ts";
import { questionTemplate, type RememberedKinds, SAME_KIND } from "../rzero/question-memory.ts";
import type { IterationWork } from "./iteration-work.ts";

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

/** Kinds of questions as the memory knows them, looked up once per template. */
export class KindsOfQuestions {
  readonly #memory: MemoryRepository;
  readonly #domain: Pick<Domain, "words">;
  readonly #runId: string;
  /** Of an iteration under way, whose own questions count too. */
  readonly #during: string | undefined;
  readonly #known = new Map<string, string | null>();
  readonly #sizes = new Map<string, number>();

  constructor(memory: MemoryRepository, domain: Pick<Domain, "words">, runId: string, during?: string) {
    this.#memory = memory;
    this.#domain = domain;
    this.#runId = runId;
    this.#during = during;
  }

  /** The kind that a question belongs to, null where it is the first of its own; then `newcomer` names that kind. */
  kindOf(question: string, newcomer: string | null = null): { readonly kind: string | null; readonly bands: number[] } {
    const template = questionTemplate(this.#domain.words(question));
    const own = shingles(template);
    const bands = bandsOf(own, saltOf(this.#runId, "template"));
    const key = template.join(" ");
    const known = this.#known.get(key);
    if (known != null) return { kind: known, bands };
    if (known === undefined) this.#known.set(key, this.#search(own, bands));
    const kind = this.#known.get(key) ?? newcomer;
    this.#known.set(key, kind);
    return { kind, bands };
  }

  /** Questions of the same kind in completed iterations. */
  sizeOf(question: string): number {
    const { kind } = this.kindOf(question);
    if (kind === null) return 0;
    const known = this.#sizes.get(kind);
    if (known !== undefined) return known;
    const size = this.#memory.kindSize(kind);
    this.#sizes.set(kind, size);
    return size;
  }

  #search(own: ReadonlySet<number>, bands: readonly number[]): string | null {
    let best = { kind: null as string | null, similarity: SAME_KIND };
    for (const { text, kind } of this.#memory.candidates(bands, PER_BAND, this.#during)) {
      const similarity = jaccard(own, shingles(questionTemplate(this.#domain.words(text))));
      if (similarity >= best.similarity) best = { kind, similarity };
    }
    return best.kind;
  }
}

/** What the Challenger's rewards look up; null where the run remembers no kinds. */
export function rememberedKinds({
  environment,
  run,
  domain,
}: Pick<IterationWork, "environment" | "run" | "domain">): { kinds: KindsOfQuestions; memory: RememberedKinds } | null {
  if (run.config.challenger.memoryWeight === 0) return null;
  const { memory } = environment.curriculum;
  return { kinds: new KindsOfQuestions(memory, domain, run.id), memory: memory.kinds(run.id) };
}

/** Remembers the pool's well-formed questions, as far as the run's settings will ask for them. */
export async function rememberPool(work: IterationWork, pool: readonly Question[]): Promise<void> {
  const { environment, run, domain, iteration } = work;
  const { memory } = environment.curriculum;
  const { gate } = run.config.pool;
  const wellFormed = pool.filter(({ state }) => state !== "malformed" && state !== "duplicate");
  const entry = { iterationId: iteration.id } as const;
  if (gate.nearDuplicate !== null && gate.acrossIterations) {
    await memory.rememberAll(wellFormed, ({ id, text }): MemoryEntry => {
      const bands = bandsOf(shingles(domain.words(text)), saltOf(run.id, "text"));
      return { ...entry, questionId: id, view: "text", kind: null, bands };
    });
  }
  if (run.config.challenger.memoryWeight > 0) {
    const kinds = new KindsOfQuestions(memory, domain, run.id, iteration.id);
    await memory.rememberAll(wellFormed, ({ id, text }): MemoryEntry => {
      const { kind, bands } = kinds.kindOf(text, id);
      return { ...entry, questionId: id, view: "template", kind, bands };
    });
  }
}
