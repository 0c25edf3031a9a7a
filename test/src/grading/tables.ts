/** The conformance tables of test/golden/grading: tab-separated, one pair a line: of answers, in completions.tsv of texts that hold them. */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../golden/grading/", import.meta.url);

export interface TableRow {
  readonly table: string;
  readonly a: string;
  readonly b: string;
  readonly equivalent: boolean;
  readonly kind: string;
  readonly note: string;
}

const ROWS: readonly TableRow[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".tsv"))
  .sort()
  .flatMap((table) => {
    const [header, ...lines] = readFileSync(new URL(table, FOLDER), "utf8").trimEnd().split("\n");
    if (header !== "a\tb\tequivalent\tkind\tnote") throw new Error(`${table} has the header ${header}`);
    return lines.map((line) => {
      const [a = "", b = "", equivalent, kind = "", note = "", ...more] = line.split("\t");
      if ((equivalent !== "yes" && equivalent !== "no") || kind === "" || more.length > 0)
        throw new Error(`${table}: ${line}`);
      return { table, a, b, equivalent: equivalent === "yes", kind, note };
    });
  });

const HOLDS_TEXTS = "completions.tsv";
export const TABLES = ROWS.filter(({ table }) => table !== HOLDS_TEXTS);
export const COMPLETIONS = ROWS.filter(({ table }) => table === HOLDS_TEXTS);

export interface PublicCase {
  /** The project whose tests hold it. */
  readonly source: string;
  readonly output: string;
  readonly target: string;
  readonly equivalent: boolean;
  /** Where we decide otherwise, why. */
  readonly ours?: string;
}

export const PUBLIC_CASES: readonly PublicCase[] = JSON.parse(readFileSync(new URL("public.json", FOLDER), "utf8"));
