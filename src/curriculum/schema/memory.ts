/** What a run remembers of its questions, so that a near repetition is found by index: rzero/near-duplicates.ts. */
import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { BANDS } from "../../rzero/near-duplicates.ts";
import { oneOf } from "./columns.ts";
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
    // Of templates: the first question of the same kind. NULL for texts.
    kind: text("kind"),
    ...bandColumns,
  },
  (entry) => [
    primaryKey({ columns: [entry.questionId, entry.view] }),
    index("question_memory_iteration").on(entry.iterationId, entry.kind),
    index("question_memory_kind").on(entry.kind, entry.iterationId).where(sql`kind is not null`),
    ...BAND_COLUMNS.map((band, number) => index(`question_memory_band_${number}`).on(entry[band])),
    check("question_memory_view_known", oneOf(entry.view, MEMORY_VIEWS)),
    check("question_memory_kind_of_templates", sql`(${entry.view} = 'template') = (${entry.kind} is not null)`),
  ],
);
