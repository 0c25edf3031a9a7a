import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import * as kit from "drizzle-kit/api";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Db, openDatabase } from "../../../src/curriculum/client.ts";
import * as evaluations from "../../../src/curriculum/schema/evaluations.ts";
import * as evaluators from "../../../src/curriculum/schema/evaluators.ts";
import * as housekeeping from "../../../src/curriculum/schema/housekeeping.ts";
import * as iterations from "../../../src/curriculum/schema/iterations.ts";
import * as measurements from "../../../src/curriculum/schema/measurements.ts";
import * as memory from "../../../src/curriculum/schema/memory.ts";
import * as operations from "../../../src/curriculum/schema/operations.ts";
import * as pieces from "../../../src/curriculum/schema/pieces.ts";
import * as questions from "../../../src/curriculum/schema/questions.ts";
import * as runs from "../../../src/curriculum/schema/runs.ts";
import * as webhooks from "../../../src/curriculum/schema/webhooks.ts";
import { temporaryFile } from "./temporary-curriculum.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations", import.meta.url));
const schema = {
  ...evaluations,
  ...housekeeping,
  ...iterations,
  ...memory,
  ...measurements,
  ...operations,
  ...pieces,
  ...questions,
  ...runs,
  ...evaluators,
  ...webhooks,
};

function database(file = temporaryFile(), migrations?: string): Db {
  const db = openDatabase(migrations === undefined ? { file } : { file, migrations });
  onTestFinished(() => {
    db.$client.close();
  });
  return db;
}

function migrationsCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "rzero-migrations-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(MIGRATIONS, folder, { recursive: true });
  return folder;
}

function addMigration(folder: string, tag: string, sql: string): void {
  const path = join(folder, "meta", "_journal.json");
  const journal = JSON.parse(readFileSync(path, "utf8"));
  const last = journal.entries.at(-1);
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
  writeFileSync(path, JSON.stringify(journal));
  appendFileSync(join(folder, `${tag}.sql`), sql);
}

const objects = (client: Database.Database) =>
  (
    client
      .prepare("select name, sql from sqlite_master where sql is not null and name not glob '__drizzle*' order by name")
      .all() as { name: string; sql: string }[]
  )
    // SQLite quotes the name of a table that was rebuilt and renamed in its own way.
    .map(({ name, sql }) => ({
      name,
      sql: sql
        .replace(/\s+/g, " ")
        .replace(/ STRICT$/, "")
        .replace(/^CREATE TABLE "(\w+)"/, "CREATE TABLE `$1`"),
    }));

describe("migrations", () => {
  test("drizzle-kit finds nothing to generate", async () => {
    const meta = join(MIGRATIONS, "meta");
    const last = readdirSync(meta)
      .filter((name) => name.endsWith("_snapshot.json"))
      .sort()
      .at(-1)!;
    const committed = JSON.parse(readFileSync(join(meta, last), "utf8"));
    const current = await kit.generateSQLiteDrizzleJson(schema);
    expect(await kit.generateSQLiteMigration(committed, current)).toEqual([]);
  });

  test("lead from an empty file to exactly the schema", async () => {
    const empty = await kit.generateSQLiteDrizzleJson({});
    const statements = await kit.generateSQLiteMigration(empty, await kit.generateSQLiteDrizzleJson(schema));
    const fresh = new Database(":memory:");
    onTestFinished(() => {
      fresh.close();
    });
    for (const statement of statements) fresh.exec(statement);
    const migrated = objects(database().$client);
    expect(migrated.length).toBeGreaterThan(30);
    expect(migrated).toEqual(objects(fresh));
  });

  test("make every table strict", () => {
    const tables = database().$client.pragma("table_list") as { name: string; type: string; strict: number }[];
    const loose = tables.filter((table) => table.type === "table" && table.strict === 0).map((table) => table.name);
    // The last two belong to drizzle's migrator and to SQLite.
    expect(loose.sort()).toEqual(["__drizzle_migrations", "sqlite_schema", "sqlite_temp_schema"]);
  });

  test("run once, and again on a file that has them", () => {
    const file = temporaryFile();
    const first = database(file);
    first.$client.exec(
      "insert into idempotency_keys (key, fingerprint, response, created_at) values ('k', 'f', null, '2026-01-02T03:04:05.678Z')",
    );
    first.$client.close();
    const second = database(file);
    expect(second.$client.prepare("select count(*) from idempotency_keys").pluck().get()).toBe(1);
    expect(second.$client.prepare("select count(*) from __drizzle_migrations").pluck().get()).toBe(
      readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql")).length,
    );
  });

  test("rebuilding a table keeps the rows that refer to it", () => {
    const file = temporaryFile();
    const first = database(file);
    first.$client.exec(`
      insert into operations (id, kind, state, resources, request, created_at)
        values ('op_1', 'iterations', 'queued', '[]', '{}', '2026-01-02T03:04:05.678Z');
      insert into events values ('op_1', 1, 'operation.queued', '{}', '2026-01-02T03:04:05.678Z');`);
    first.$client.close();
    const folder = migrationsCopy();
    addMigration(
      folder,
      "0001_rebuild",
      [
        "PRAGMA foreign_keys=OFF;",
        "CREATE TABLE `__new_operations` AS SELECT * FROM `operations`;",
        "DROP TABLE `operations`;",
        "CREATE TABLE `operations` (`id` text PRIMARY KEY NOT NULL, `kind` text NOT NULL) STRICT;",
        "INSERT INTO `operations` SELECT `id`, `kind` FROM `__new_operations`;",
        "DROP TABLE `__new_operations`;",
        "PRAGMA foreign_keys=ON;",
      ].join("\n--> statement-breakpoint\n"),
    );
    const second = database(file, folder);
    expect(second.$client.prepare("select count(*) from events").pluck().get()).toBe(1);
    expect(second.$client.pragma("foreign_keys", { simple: true })).toBe(1);
  });

  test("keep evaluators with their secrets and calls, and evaluations that asked a judge", () => {
    const file = temporaryFile();
    const before = migrationsCopy();
    const journal = join(before, "meta", "_journal.json");
    const { entries, ...rest } = JSON.parse(readFileSync(journal, "utf8"));
    const until = entries.findIndex(({ tag }: { tag: string }) => tag.endsWith("version_evaluators"));
    writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.slice(0, until) }));
    const old = database(file, before);
    const at = "'2026-01-02T03:04:05.678Z'";
    old.$client.exec(`
      insert into evaluators values ('evr_1', 'judge', 'https://j.example/', '', 1000, 8, 1, 1, 'whsec_old', ${at});
      insert into evaluator_calls (id, evaluator_id, kind, body, digest, attempts, verdicts, created_at, finished_at)
        values ('call_1', 'evr_1', 'judge', '{}', 'd', '[]', '[]', ${at}, ${at});
      insert into judge_verdicts values ('${"a".repeat(64)}', 1, ${at});
      insert into operations (id, kind, state, resources, request, created_at) values ('op_1', 'evaluations', 'queued', '[]', '{}', ${at});
      insert into benchmark_evaluations (id, operation_id, benchmark, model, weights, seed, settings, state, created_at)
        values ('eval_1', 'op_1', 'sums', 'abacus', 'w', 1, '{"samples":1,"judge":true}', 'queued', ${at}),
          ('eval_2', 'op_1', 'sums', 'abacus', 'w', 1, '{"samples":1,"judge":false}', 'queued', ${at});`);
    old.$client.close();
    const { $client: client } = database(file);
    const all = (query: string) => client.prepare(query).pluck().all();
    expect(all("select version from evaluators union all select evaluator_version from evaluator_calls")).toEqual([
      1, 1,
    ]);
    expect(all("select secrets from evaluators")).toEqual(['[{"secret":"whsec_old","expiresAt":null}]']);
    expect(all("select equivalent from judge_verdicts where score is null and reasons is null")).toEqual([1]);
    expect(all("select settings ->> '$.judge' from benchmark_evaluations order by id")).toEqual([
      '{"model":null}',
      null,
    ]);
  });

  test("that leave dangling references are refused", () => {
    const file = temporaryFile();
    const first = database(file);
    first.$client.exec(`
      insert into operations (id, kind, state, resources, request, created_at)
        values ('op_1', 'iterations', 'queued', '[]', '{}', '2026-01-02T03:04:05.678Z');
      insert into events values ('op_1', 1, 'operation.queued', '{}', '2026-01-02T03:04:05.678Z');`);
    first.$client.close();
    const folder = migrationsCopy();
    addMigration(folder, "0001_forget", "DELETE FROM `operations`;");
    expect(() => database(file, folder)).toThrow(expect.objectContaining({ code: "incompatible-database" }));
  });

  test("of a newer version are refused, not run over", () => {
    const file = temporaryFile();
    const folder = migrationsCopy();
    addMigration(folder, "0001_later", "ALTER TABLE `runs` ADD `colour` text;");
    database(file, folder).$client.close();
    expect(() => database(file)).toThrow(expect.objectContaining({ code: "incompatible-database" }));
  });
});

test("a connection waits for locks, reads beside writers and enforces foreign keys", () => {
  const { $client: client } = database();
  expect(client.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(client.pragma("foreign_keys", { simple: true })).toBe(1);
  expect(client.pragma("busy_timeout", { simple: true })).toBe(5000);
});

test("every column that a cascade looks through has an index", () => {
  const { $client: client } = database();
  const references = client
    .prepare(`
      select child.name as child, key."from" as field from sqlite_master child, pragma_foreign_key_list(child.name) key
      where child.type = 'table'`)
    .all() as { child: string; field: string }[];
  expect(references.length).toBeGreaterThan(15);
  const scans = references.filter(({ child, field }) => {
    const plan = client.prepare(`explain query plan select 1 from ${child} where ${field} = ?`).all("x") as {
      detail: string;
    }[];
    return !plan.every((row) => row.detail.startsWith("SEARCH"));
  });
  expect(scans).toEqual([]);
});
