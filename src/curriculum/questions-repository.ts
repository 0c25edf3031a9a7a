/** Questions: proposed, judged, and kept as curriculum. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { and, asc, eq, gt, gte, lte, max, type SQL, sql } from "drizzle-orm";
import type { Page, PageRequest, Question, QuestionState } from "../records/records.ts";
import { insertAll, writeInPieces } from "./bulk-write.ts";
import type { Db } from "./client.ts";
import { CurriculumError, constraintError, found } from "./curriculum-error.ts";
import { equals, readMany, readPage } from "./pagination.ts";
import { prepareInsert, prepareUpdate } from "./prepared-writes.ts";
import { iterations } from "./schema/iterations.ts";
import { questions } from "./schema/questions.ts";

/** What voting and the gates found. */
export type QuestionVerdict = Pick<
  Question,
  "id" | "state" | "pseudoLabel" | "majorityShare" | "labelCorrect" | "verification" | "decomposition"
>;

export interface QuestionFilter {
  readonly run?: string;
  readonly iteration?: string;
  readonly state?: QuestionState;
  /** Both ends belong to the range; a question without votes has no share and is in no range. */
  readonly minShare?: number;
  readonly maxShare?: number;
  /** Part of the text; ASCII letters match in either case. */
  readonly search?: string;
}

export interface QuestionsRepository {
  /** All or none, in pieces; `complete` runs in the transaction that makes them whole. */
  insertMany(rows: readonly Question[], complete?: () => void): Promise<void>;
  /** In pieces; can be repeated. Throws `not-found`; verdicts before the unknown id stay. */
  judge(verdicts: readonly QuestionVerdict[]): Promise<void>;
  find(id: string): Question | null;
  /** Throws `not-found`. */
  get(id: string): Question;
  /** In the order of the ids. Throws `not-found`. */
  getMany(ids: readonly string[]): readonly Question[];
  list(page: PageRequest, filter: QuestionFilter): Page<Question>;
  /** Ids of what the pools of the run's completed iterations kept, in the order they were made. */
  keptBefore(runId: string): readonly string[];
  /** Questions that a person submitted to the run, in the order they came. */
  submitted(runId: string): readonly Question[];
  /**
   * All of them, oldest first, in pages of at most PAGE_ROWS (some may be empty) with a turn of the event loop between. Rows
   * that are added meanwhile come too.
   */
  pages(filter: QuestionFilter): AsyncGenerator<readonly Question[], void>;
  /** All of an iteration in the order they were made, optionally in one state. */
  ofIteration(iterationId: string, state?: QuestionState): readonly Question[];
}

/** Rows that are looked at before others get their turn: about 2 ms of work. */
const PAGE_ROWS = 250;

export function createQuestionsRepository(db: Db): QuestionsRepository {
  const insertRow = prepareInsert(db, questions);
  const updateVerdict = prepareUpdate(db, questions, [
    "state",
    "pseudoLabel",
    "majorityShare",
    "labelCorrect",
    "verification",
    "decomposition",
  ]);
  const find = (id: string): Question | null => db.select().from(questions).where(eq(questions.id, id)).get() ?? null;

  return {
    insertMany: (rows, complete) => insertAll(db, "questions", rows, insertRow, complete),
    judge: async (verdicts) => {
      try {
        await writeInPieces(db, verdicts, ({ id, ...verdict }) => {
          if (updateVerdict(id, verdict) === 0)
            throw new CurriculumError("not-found", `there is no question "${id}"`, { value: id });
        });
      } catch (error) {
        throw constraintError(`judging ${verdicts.length} questions`, error);
      }
    },
    find,
    get: (id) => found(find(id), "question", id),
    getMany: (ids) => readMany("question", ids, (are) => db.select().from(questions).where(are(questions.id)).all()),
    list: (page, filter) =>
      readPage("question", questions.id, page, conditions(filter), (query) =>
        db.select().from(questions).where(query.where).orderBy(query.orderBy).limit(query.limit).all(),
      ),
    keptBefore: (runId) =>
      db
        .select({ id: questions.id })
        .from(questions)
        .innerJoin(iterations, eq(iterations.id, questions.iterationId))
        .where(and(eq(questions.runId, runId), eq(questions.state, "kept"), eq(iterations.state, "completed")))
        .orderBy(asc(questions.id))
        .all()
        .map(({ id }) => id),
    submitted: (runId) =>
      db
        .select()
        .from(questions)
        .where(
          and(eq(questions.runId, runId), eq(questions.source, "submitted"), sql`${questions.iterationId} is null`),
        )
        .orderBy(asc(questions.id))
        .all(),
    pages: async function* (filter) {
      const narrowed = [equals(questions.runId, filter.run), equals(questions.iterationId, filter.iteration)];
      for (let last = ""; ; await nextTurn()) {
        // By run and iteration there is an index. The other conditions may refuse any number of rows: the page ends where
        // PAGE_ROWS of them have been looked at, whether they were taken or not.
        const beyond = and(...narrowed, gt(questions.id, last));
        const ids = db.select({ id: questions.id }).from(questions).where(beyond).orderBy(asc(questions.id));
        const window = ids.limit(PAGE_ROWS).as("window");
        const end =
          db
            .select({ id: max(window.id) })
            .from(window)
            .get()?.id ?? null;
        if (end === null) return;
        yield db
          .select()
          .from(questions)
          .where(and(...conditions(filter), gt(questions.id, last), lte(questions.id, end)))
          .orderBy(asc(questions.id))
          .all();
        last = end;
      }
    },
    ofIteration: (iterationId, state) =>
      db
        .select()
        .from(questions)
        .where(and(eq(questions.iterationId, iterationId), equals(questions.state, state)))
        .orderBy(asc(questions.id))
        .all(),
  };
}

const conditions = (filter: QuestionFilter): readonly (SQL | undefined)[] => [
  equals(questions.runId, filter.run),
  equals(questions.iterationId, filter.iteration),
  equals(questions.state, filter.state),
  filter.minShare === undefined ? undefined : gte(questions.majorityShare, filter.minShare),
  filter.maxShare === undefined ? undefined : lte(questions.majorityShare, filter.maxShare),
  filter.search === undefined ? undefined : containsText(filter.search),
];

/** The text is searched as it stands: % and _ are characters, not wildcards. */
const containsText = (search: string) =>
  sql`${questions.text} like ${`%${search.replace(/[\\%_]/g, "\\$&")}%`} escape '\\'`;
