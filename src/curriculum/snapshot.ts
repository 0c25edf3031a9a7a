/** A copy of the database as it is at one instant, made while others write to it; and what such a copy says of itself. */
import Database from "better-sqlite3";
import { integrityOf } from "./integrity.ts";

/** A checkpoint with files under the data folder. */
export interface StoredCheckpoint {
  readonly id: string;
  /** Relative to the data folder. */
  readonly directory: string;
  readonly digest: string;
}

export interface DatabaseContents {
  readonly checkpoints: readonly StoredCheckpoint[];
  /** Base models whose weights its runs start from; their files are not under the data folder. */
  readonly models: readonly { readonly name: string; readonly digest: string }[];
  /** What SQLite finds wrong with the file, and rows that refer to one that is not there. */
  readonly damage: readonly string[];
}

/** Bytes a copy of the database may need. */
export function databaseBytes(file: string): number {
  const client = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return (
      (client.pragma("page_count", { simple: true }) as number) *
      (client.pragma("page_size", { simple: true }) as number)
    );
  } finally {
    client.close();
  }
}

/**
 * Writes `copy`, which must not exist. In the copy the operation that makes it has ended: whoever starts from it does not make
 * it again. Holds this thread for as long as it takes to read the whole file. Throws SqliteError.
 */
export function copyDatabase(
  file: string,
  copy: string,
  made: { operationId: string; result: unknown; at: string },
): void {
  const source = new Database(file, { readonly: true, fileMustExist: true });
  try {
    source.prepare("vacuum into ?").run(copy);
  } finally {
    source.close();
  }
  const client = new Database(copy, { fileMustExist: true });
  try {
    const { operationId, result, at } = made;
    client.transaction(() => {
      client
        .prepare("update operations set state = 'completed', finished_at = ?, result = ? where id = ?")
        .run(at, JSON.stringify(result), operationId);
      client
        .prepare(`insert into events (operation_id, sequence, type, data, created_at)
          select ?, max(sequence) + 1, 'operation.completed', '{}', ? from events where operation_id = ?`)
        .run(operationId, at, operationId);
    })();
  } finally {
    client.close();
  }
}

/** Reads and checks the whole file. Throws SqliteError for what is no database at all. */
export function inspectDatabase(file: string): DatabaseContents {
  const client = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const { damage, danglingReferences } = integrityOf({ $client: client });
    return {
      checkpoints: client
        .prepare(
          "select id, directory, digest from checkpoints where directory <> '' and pruned_at is null order by id",
        )
        .all() as StoredCheckpoint[],
      models: client
        .prepare("select distinct model as name, digest from checkpoints where directory = '' order by name, digest")
        .all() as { name: string; digest: string }[],
      damage: [...damage, ...danglingReferences],
    };
  } finally {
    client.close();
  }
}
