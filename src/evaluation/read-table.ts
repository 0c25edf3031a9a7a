/** Rows of a data file as Hugging Face stores them: JSON lines, CSV with a header, Parquet. Readers are loaded when needed. */
import { readFile } from "node:fs/promises";
import { mapInPieces } from "../policy/map-in-pieces.ts";

export type Cells = Readonly<Record<string, unknown>>;

const READERS = { jsonl: readJsonLines, csv: readCsv, parquet: readParquet } as const;
export type TableFormat = keyof typeof READERS;

export const formatOf = (file: string): TableFormat | null =>
  (Object.keys(READERS) as TableFormat[]).find((format) => file.endsWith(`.${format}`)) ?? null;

/** Throws Error saying what cannot be read, without the path. */
export function readTable(file: string, format: TableFormat): Promise<readonly Cells[]> {
  return READERS[format](file);
}

async function readJsonLines(file: string): Promise<readonly Cells[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  const rows = await mapInPieces(lines, (line, index) => (line.trim() === "" ? null : jsonRow(line, index + 1)));
  return rows.filter((row) => row !== null);
}

function jsonRow(line: string, number: number): Cells {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (error) {
    throw new Error(`line ${number} is not JSON: ${(error as Error).message}`);
  }
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new Error(`line ${number} is no JSON object`);
  return row as Cells;
}

async function readCsv(file: string): Promise<readonly Cells[]> {
  const { parse: parseCsv } = await import("csv-parse/sync");
  return parseCsv(await readFile(file), { columns: true, bom: true, skip_empty_lines: true }) as Cells[];
}

async function readParquet(file: string): Promise<readonly Cells[]> {
  const { asyncBufferFromFile, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  return parquetReadObjects({ file: await asyncBufferFromFile(file), compressors });
}
