/** The TypeScript client that the contract generates: it compiles, its types bite, and it drives a whole iteration over a port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTypeScript, { astToString } from "openapi-typescript";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DemoService, serveToyModel } from "../support/demo-service.ts";
import { smallRun } from "../support/services-under-test.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const example = join(root, "examples/typescript/iterate.ts");

let folder: string;
let service: DemoService;

beforeAll(async () => {
  // Inside the repository, so that the example finds openapi-fetch.
  folder = mkdtempSync(join(root, "node_modules/.typescript-client-"));
  writeFileSync(join(folder, "rzero.ts"), astToString(await openapiTypeScript(new URL(`file://${root}openapi.yaml`))));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  copyFileSync(example, join(folder, "iterate.ts"));
  service = await serveToyModel();
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the compiler says of a program beside the generated types. */
function diagnostics(name: string, source?: string): string[] {
  const file = join(folder, name);
  if (source !== undefined) writeFileSync(file, source);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

describe("the generated TypeScript client", () => {
  test("compiles with the example", { timeout: 120_000 }, () => {
    expect(diagnostics("iterate.ts")).toEqual([]);
  });

  test("knows what may be asked", { timeout: 120_000 }, () => {
    const source = readFileSync(example, "utf8");
    const wrong = source.replace("count: 1", 'count: "one"').replace('state: "kept"', 'state: "liked"');
    expect(wrong).not.toBe(source);
    const said = diagnostics("wrong.ts", wrong);
    expect(said.some((message) => message.includes("'string' is not assignable to type 'number"))).toBe(true);
    expect(said.some((message) => message.includes('"liked"'))).toBe(true);
  });

  test("drives a whole iteration", async () => {
    const run = await service.tested.services.runs.create({ seed: 1, overrides: smallRun });
    const child = spawn(process.execPath, ["--import", "tsx", join(folder, "iterate.ts"), run.id], {
      cwd: root,
      env: { ...process.env, RZERO_URL: service.url },
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    const [code] = await once(child, "close");
    expect(errors).toBe("");
    expect(code).toBe(0);
    expect(output).toMatch(/^iteration 1 completed after \d+ s: mean@4 /);
    expect(output).toContain("pseudoLabel: '");
  });
});
