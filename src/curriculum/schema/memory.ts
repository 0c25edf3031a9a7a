/** What a run remembers of its questions, so that a near repetition is found by index: rzero/near-duplicates.ts. */
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { BANDS } from "../../rzero/near-duplicates.ts";
import { atLeast, oneOf } from "./columns.ts";
import { iterations } from "./iterations.ts";
import { questions } from "./questions.ts";

export const MEMORY_VIEWS = ["text", "template"] as const;

const bandColumns = {
  band0: integer("band_0").notNull(),
  band1: integer("band_1").notNull(),
  band2: integer("band_2").notNull(),
  band3: integer("band_3").notNull(),
  band4: integer("band_4").notNull(),
  band5: integer("band_5").notNull(),
  band6: integer("band_6").notNull(),
  band7: integer("band_7").notNull(),
} as const;

/** One column and one index for each band of a signature. */
export const BAND_COLUMNS = Object.keys(bandColumns) as (keyof typeof bandColumns)[];
if (BAND_COLUMNS.length !== BANDS) throw new Error(`question_memory has ${BAND_COLUMNS.length} bands, not ${BANDS}`);

/** Signatures: of every remembered text, and of the first question of each kind. */
export const questionMemory = sqliteTable(
  "question_memory",
  {
    questionId: text("question_id")
      .notNull()
      .references(() => questions.id, { onDelete: "cascade" }),
    // The question as it stands, or with its numbers masked.
    view: text("view").$type<(typeof MEMORY_VIEWS)[number]>().notNull(),
    iterationId: text("iteration_id")
      .notNull()
      .references(() => iterations.id, { onDelete: "cascade" }),
    ...bandColumns,
  },
  (entry) => [
    primaryKey({ columns: [entry.questionId, entry.view] }),
    index("question_memory_iteration").on(entry.iterationId),
    ...BAND_COLUMNS.map((band, number) => index(`question_memory_band_${number}`).on(entry[band])),
    check("question_memory_view_known", oneOf(entry.view, MEMORY_VIEWS)),
  ],
);

/** How many questions of a kind an iteration's pool held: counted once, so that no lookup counts them again. */
export const questionKinds = sqliteTable(
  "question_kinds",
  {
    // The first question of the kind.
    kind: text("kind")
      .notNull()
      .references(() => questions.id, { onDelete: "cascade" }),
    iterationId: text("iteration_id")
      .notNull()
      .references(() => iterations.id, { onDelete: "cascade" }),
    questions: integer("questions").notNull(),
  },
  (row) => [
    primaryKey({ columns: [row.kind, row.iterationId] }),
    index("question_kinds_iteration").on(row.iterationId),
    check("question_kinds_questions_range", atLeast(row.questions, 1)),
  ],
);
