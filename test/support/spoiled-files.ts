/** What disks and power cuts do to the files of a service. */
import { execFileSync } from "node:child_process";
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import Database from "better-sqlite3";

/** The largest file the process may write from now on, as a full disk would have it: a write beyond fails. */
export const limitFiles = (pid: number, bytes: number | "unlimited") =>
  execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);

/** Of a log: header, and one frame of a page (sqlite.org/walformat.html). */
const [HEADER, FRAME] = [32, 24 + 4096];

/** Frames of the log, and how many of them a checkpoint has moved into the database ("The WAL-Index File Format"). */
function framesOf(database: string): { readonly frames: number; readonly moved: number } {
  const index = readFileSync(`${database}-shm`);
  return { frames: index.readUInt32LE(16), moved: index.readUInt32LE(96) };
}

/**
 * Cuts the log of a database that nobody has open as a power cut may: half of the frames that no checkpoint has moved into the
 * database are gone. (A checkpoint syncs the log first; without the frames it moved the file would be none a disk can leave.)
 */
export function losePower(database: string): void {
  const { frames, moved } = framesOf(database);
  truncateSync(`${database}-wal`, HEADER + FRAME * Math.floor((moved + frames) / 2));
}

/** Cuts it where no power cut does: half of the frames that the database already has are gone, and older ones hide its pages. */
export function loseWhatWasMoved(database: string): void {
  const files = [database, `${database}-wal`, `${database}-shm`];
  const client = new Database(database);
  client.pragma("wal_checkpoint(passive)");
  for (const file of files) copyFileSync(file, `${file}.moved`);
  client.close();
  for (const file of files) copyFileSync(`${file}.moved`, file);
  truncateSync(`${database}-wal`, HEADER + FRAME * Math.floor(framesOf(database).moved / 2));
}

/** Overwrites what the pages with the table's rows say of themselves. */
export function spoilTable(database: string, table: string): void {
  const client = new Database(database, { readonly: true });
  const of = client.prepare("select pageno from dbstat where name = ? and pagetype = 'leaf'");
  const pages = of.pluck().all(table) as number[];
  client.close();
  for (const page of pages) overwrite(database, (page - 1) * 4096, Buffer.alloc(64, 0xff));
}

export function overwrite(name: string, at: number, bytes: Uint8Array): void {
  const file = openSync(name, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}
