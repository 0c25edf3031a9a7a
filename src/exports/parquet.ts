/** Apache Parquet, a row group at a time: what is held is one group and the footer, which grows by some bytes a group. */
import type { ByteWriter } from "hyparquet-writer";
import type { Question } from "../records/records.ts";
import { QUESTION_COLUMNS } from "./question-columns.ts";

/** Encoding a group holds the event loop for some milliseconds; larger groups would compress a little better. */
const ROW_GROUP = 1000;

export async function* parquet(pages: AsyncIterable<readonly Question[]>): AsyncGenerator<Uint8Array> {
  // Loaded when first needed: a service that exports nothing starts without it.
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import("hyparquet-writer");
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: columnsOf([]) }),
    createdBy: "rzero",
  });
  for await (const rows of regrouped(pages, ROW_GROUP)) {
    file.write({ columnData: columnsOf(rows), rowGroupSize: rows.length });
    yield taken(writer);
  }
  file.finish();
  yield taken(writer);
}

const columnsOf = (rows: readonly Question[]) =>
  QUESTION_COLUMNS.map(({ name, type, value }) => ({
    name,
    type,
    data: type === "TIMESTAMP" ? rows.map((row) => dateOf(value(row))) : rows.map(value),
    // Pages are not looked up by row: a group is small.
    offsetIndex: false,
  }));

const dateOf = (time: string | number | null): Date | null => (time === null ? null : new Date(time));

/** What was written since last time. Offsets in the file go on counting. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}

/** The same rows in groups of `size`; the last may be smaller. */
async function* regrouped<T>(pages: AsyncIterable<readonly T[]>, size: number): AsyncGenerator<readonly T[]> {
  let rows: T[] = [];
  for await (const page of pages) {
    for (const row of page) {
      rows.push(row);
      if (rows.length < size) continue;
      yield rows;
      rows = [];
    }
  }
  if (rows.length > 0) yield rows;
}
