/** Solutions: the Solver's votes on a question. */
import { eq } from "drizzle-orm";
import type { Page, PageRequest, Solution } from "../records/records.ts";
import { insertAll } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { found } from "./curriculum-error.ts";
import { equals, readMany, readPage } from "./pagination.ts";
import { prepareInsert } from "./prepared-writes.ts";
import { solutions } from "./schema/questions.ts";

export interface SolutionsRepository {
  /** All or none, in pieces. */
  insertMany(rows: readonly Solution[]): Promise<void>;
  find(id: string): Solution | null;
  /** Throws `not-found`. */
  get(id: string): Solution;
  /** In the order of the ids. Throws `not-found`. */
  getMany(ids: readonly string[]): readonly Solution[];
  list(page: PageRequest, filter: { run?: string; question?: string }): Page<Solution>;
}

export function createSolutionsRepository(db: Db): SolutionsRepository {
  const insertRow = prepareInsert(db, solutions);
  const find = (id: string): Solution | null => db.select().from(solutions).where(eq(solutions.id, id)).get() ?? null;

  return {
    insertMany: (rows) => insertAll(db, "solutions", rows, insertRow),
    find,
    get: (id) => found(find(id), "solution", id),
    getMany: (ids) => readMany("solution", ids, (are) => db.select().from(solutions).where(are(solutions.id)).all()),
    list: (page, filter) =>
      readPage(
        "solution",
        solutions.id,
        page,
        [equals(solutions.runId, filter.run), equals(solutions.questionId, filter.question)],
        (query) => db.select().from(solutions).where(query.where).orderBy(query.orderBy).limit(query.limit).all(),
      ),
  };
}
