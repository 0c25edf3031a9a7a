/** One JSON object a line, UTF-8. */
import type { Question } from "../records/records.ts";
import { QUESTION_COLUMNS } from "./question-columns.ts";

export async function* jsonLines(pages: AsyncIterable<readonly Question[]>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const page of pages) {
    if (page.length === 0) continue;
    const lines = page.map((question) => `${JSON.stringify(rowOf(question))}\n`);
    yield encoder.encode(lines.join(""));
  }
}

const rowOf = (question: Question): Record<string, string | number | null> =>
  Object.fromEntries(QUESTION_COLUMNS.map(({ name, value }) => [name, value(question)]));
