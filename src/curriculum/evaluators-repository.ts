/** External evaluators, and what each was asked and said. */
import { and, count, eq, getTableColumns, isNull } from "drizzle-orm";
import type { Evaluator, EvaluatorCall } from "../records/evaluator.ts";
import type { Page, PageRequest } from "../records/records.ts";
import type { SigningSecret } from "../records/signing-secret.ts";
import type { Db } from "./client.ts";
import { constrained, found } from "./curriculum-error.ts";
import { equals, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { evaluatorCalls, evaluators } from "./schema/evaluators.ts";

export interface EvaluatorsRepository {
  insert(evaluator: Evaluator, secrets: readonly SigningSecret[]): void;
  find(id: string): Evaluator | null;
  /** Throws `not-found`. */
  get(id: string): Evaluator;
  list(page: PageRequest, filter: { kind?: Evaluator["kind"] }): Page<Evaluator>;
  count(): number;
  /** Throws `not-found`. */
  update(id: string, change: Partial<Omit<Evaluator, "id" | "kind" | "createdAt">>): Evaluator;
  /** Its calls stay. Throws `not-found`. */
  delete(id: string): void;
  /** The newest first. Throws `not-found`. */
  secretsOf(id: string): readonly SigningSecret[];
  /** The evaluator is another version from then on. Throws `not-found`. */
  setSecrets(id: string, secrets: readonly SigningSecret[]): void;

  insertCall(call: EvaluatorCall): void;
  /** Throws `not-found`. */
  getCall(id: string): EvaluatorCall;
  listCalls(page: PageRequest, filter: { evaluator?: string; run?: string; iteration?: string }): Page<EvaluatorCall>;
  /** A call by which this version of the evaluator answered just this. */
  findAnswered(evaluator: Pick<Evaluator, "id" | "version">, digest: string): EvaluatorCall | null;
}

export function createEvaluatorsRepository(db: Db): EvaluatorsRepository {
  const { secrets: _never, ...shown } = getTableColumns(evaluators);
  const insertRow = prepareInsert(db, evaluators);
  const insertCallRow = prepareInsert(db, evaluatorCalls);
  const find = (id: string): Evaluator | null =>
    db.select(shown).from(evaluators).where(eq(evaluators.id, id)).get() ?? null;
  const get = (id: string) => found(find(id), "evaluator", id);

  return {
    insert: (evaluator, secrets) =>
      constrained(`inserting evaluator ${evaluator.id}`, () => insertRow({ ...evaluator, secrets })),
    find,
    get,
    list: (page, { kind }) =>
      readPage("evaluator", evaluators.id, page, [equals(evaluators.kind, kind)], ({ where, orderBy, limit }) =>
        db.select(shown).from(evaluators).where(where).orderBy(orderBy).limit(limit).all(),
      ),
    count: () => db.select({ value: count() }).from(evaluators).get()?.value ?? 0,
    update: (id, change) => {
      constrained(`updating evaluator ${id}`, () =>
        db.update(evaluators).set(change).where(eq(evaluators.id, id)).run(),
      );
      return get(id);
    },
    delete: (id) => {
      get(id);
      db.delete(evaluators).where(eq(evaluators.id, id)).run();
    },
    secretsOf: (id) =>
      found(
        db.select({ secrets: evaluators.secrets }).from(evaluators).where(eq(evaluators.id, id)).get() ?? null,
        "evaluator",
        id,
      ).secrets,
    setSecrets: (id, secrets) => {
      const { version } = get(id);
      db.update(evaluators)
        .set({ secrets, version: version + 1 })
        .where(eq(evaluators.id, id))
        .run();
    },

    insertCall: (call) => constrained(`inserting evaluator call ${call.id}`, () => insertCallRow(call)),
    getCall: (id) =>
      found(db.select().from(evaluatorCalls).where(eq(evaluatorCalls.id, id)).get() ?? null, "evaluator call", id),
    listCalls: (page, { evaluator, run, iteration }) =>
      readPage(
        "evaluatorCall",
        evaluatorCalls.id,
        page,
        [
          equals(evaluatorCalls.evaluatorId, evaluator),
          equals(evaluatorCalls.runId, run),
          equals(evaluatorCalls.iterationId, iteration),
        ],
        ({ where, orderBy, limit }) =>
          db.select().from(evaluatorCalls).where(where).orderBy(orderBy).limit(limit).all(),
      ),
    findAnswered: ({ id, version }, digest) =>
      db
        .select()
        .from(evaluatorCalls)
        .where(
          and(
            eq(evaluatorCalls.digest, digest),
            eq(evaluatorCalls.evaluatorId, id),
            eq(evaluatorCalls.evaluatorVersion, version),
            isNull(evaluatorCalls.error),
          ),
        )
        .limit(1)
        .get() ?? null,
  };
}
