/** One service per data directory: a lock that the operating system lets go of with the process, however it ends. */
import Database from "better-sqlite3";
import { CurriculumError } from "./curriculum-error.ts";

/**
 * Takes the lock that `file` stands for (an empty SQLite database beside the real one, so that readers of that one are
 * not locked out) and returns what gives it back. Throws CurriculumError `conflict` where another process has it.
 */
export function lockDataDirectory(file: string): () => void {
  const client = new Database(file, { timeout: 0 });
  try {
    client.exec("begin exclusive");
  } catch (error) {
    client.close();
    if ((error as { code?: unknown }).code !== "SQLITE_BUSY") throw error;
    throw new CurriculumError("conflict", `another process holds ${file}`, { value: file, cause: error });
  }
  return () => client.close();
}
