/** What a running phase has sampled and scored so far: its log, gone when it ends. */
import { sql } from "drizzle-orm";
import { blob, check, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { atLeast } from "./columns.ts";
import { phases } from "./iterations.ts";

export const phasePieces = sqliteTable(
  "phase_pieces",
  {
    phaseId: text("phase_id")
      .notNull()
      .references(() => phases.id, { onDelete: "cascade" }),
    // SHA-256 of what was asked: an answer is recalled only where the very same is asked again.
    question: blob("question", { mode: "buffer" }).notNull(),
    part: integer("part").notNull(),
    // How many parts the answer has: with fewer rows it was cut off while it was written, and is none.
    parts: integer("parts").notNull(),
    data: blob("data", { mode: "buffer" }).notNull(),
  },
  (piece) => [
    primaryKey({ columns: [piece.phaseId, piece.question, piece.part] }),
    check("phase_pieces_question_length", sql`length(${piece.question}) = 32`),
    check("phase_pieces_part_range", sql`${piece.part} between 0 and ${piece.parts} - 1`),
    check("phase_pieces_parts_range", atLeast(piece.parts, 1)),
  ],
);
