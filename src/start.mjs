/**
 * `npm start`: main.ts and what it imports as one file, bundled again whenever a source changed. Loading four hundred modules
 * one by one through a TypeScript loader takes a second of every start; this takes a tenth, and a quarter of a second more once.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, "node_modules", ".cache", "rzero");
const bundle = join(cache, stateOfSources());

/** A bundled module still finds what lies beside its source: migrations, package.json, the entries of child processes. */
const placesOfSources = {
  name: "places-of-sources",
  setup(esbuild) {
    esbuild.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href);
      return { loader: "ts", contents: readFileSync(path, "utf8").replaceAll("import.meta.url", url) };
    });
  },
};

if (!existsSync(bundle)) await build();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(existsSync(bundle) ? join(bundle, "main.js") : join(root, "src", "main.ts")).href);

/** Changes with every source file, dependency and version of Node. */
function stateOfSources() {
  const hash = createHash("sha256").update(`${process.version} ${root}`);
  const files = ["src", "routes", "gpu"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith(".ts"))
      .sort()
      .map((name) => join(folder, name)),
  );
  for (const file of [...files, "package-lock.json", "src/start.mjs"]) {
    const { mtimeMs, size } = statSync(join(root, file));
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Written beside its place and renamed: two starts at once do not see half of it. Where it cannot be written, tsx loads the sources. */
async function build() {
  const partial = `${bundle}.${process.pid}`;
  try {
    mkdirSync(cache, { recursive: true });
    const { build: bundled } = await import("esbuild");
    await bundled({
      entryPoints: [join(root, "src", "main.ts")],
      outdir: partial,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node20",
      sourcemap: true,
      logLevel: "error",
      plugins: [placesOfSources],
    });
    for (const name of readdirSync(cache)) {
      if (join(cache, name) !== partial) rmSync(join(cache, name), { recursive: true, force: true });
    }
    renameSync(partial, bundle);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!/^(EACCES|EPERM|EROFS|ENOSPC|EEXIST|ENOTEMPTY|ENOENT)$/.test(error.code ?? "")) throw error;
    if (existsSync(bundle)) return;
    const { register } = await import("tsx/esm/api");
    register();
  }
}
