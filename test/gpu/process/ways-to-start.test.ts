import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { afterEach, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const parentEntry = fileURLToPath(new URL("./fixture-parent.ts", import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const parents: ChildProcess[] = [];
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "process-"));
  return () => rm(scratch, { recursive: true });
});
afterEach(() => {
  for (const parent of parents.splice(0)) parent.kill("SIGKILL");
});

/** The first line a parent prints. */
async function startParent(argv: readonly string[]): Promise<{ parent: ChildProcess; pid: number; scaled: number[] }> {
  const parent = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  parents.push(parent);
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: parent.stdout! }).once("line", resolve);
    parent.once("exit", (code) => reject(new Error(`the parent exited with ${code}`)));
  });
  return { parent, ...JSON.parse(line) };
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    try {
      process.kill(pid, 0);
      // A child whose parent died belongs to init; where init does not reap (containers), it stays listed as a zombie.
      if ((await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).includes(") Z ")) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** The sources of `directory` as plain JavaScript under `scratch`, as a build would leave them. */
async function transpile(directory: string): Promise<void> {
  for (const name of await readdir(join(root, directory))) {
    if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
    const source = await readFile(join(root, directory, name), "utf8");
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
      },
    });
    const target = join(scratch, directory, name.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
}

describe("the child starts", () => {
  it("from a parent that tsx runs, and leaves when it is closed", async () => {
    const { parent, pid, scaled } = await startParent(["--import", tsx, parentEntry, "./fixture-worker.ts", "close"]);
    expect(scaled).toEqual([2, 4]);
    // Nothing keeps the parent: with the child gone, it ends by itself.
    await new Promise((resolve) => (parent.exitCode === null ? parent.once("exit", resolve) : resolve(null)));
    expect(parent.exitCode).toBe(0);
    expect(await gone(pid, 100)).toBe(true);
  });

  it("from plain JavaScript in plain node, with no loader and no node_modules near", async () => {
    await writeFile(join(scratch, "package.json"), '{"type":"module"}');
    await transpile("gpu/process");
    await transpile(relative(root, dirname(parentEntry)));
    const { scaled } = await startParent([join(scratch, "test/gpu/process/fixture-parent.js"), "./fixture-worker.js"]);
    expect(scaled).toEqual([2, 4]);
  });
});

describe("the child ends by itself", () => {
  it.each(["SIGKILL", "SIGTERM"] as const)("when its parent dies of %s", async (signal) => {
    const { parent, pid } = await startParent(["--import", tsx, parentEntry, "./fixture-worker.ts"]);
    expect(await gone(pid, 50)).toBe(false);
    parent.kill(signal);
    expect(await gone(pid, 5000)).toBe(true);
  });
});
