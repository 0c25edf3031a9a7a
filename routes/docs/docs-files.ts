/** The files of the reference page: a closed list, read from this package and from swagger-ui-dist. A name is looked up, never opened. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export interface DocsFile {
  readonly type: string;
  readonly url: string;
}

const fromSwaggerUi = (name: string) => import.meta.resolve(`swagger-ui-dist/${name}`);

export const docsFiles = {
  "swagger-ui.css": { type: "text/css; charset=utf-8", url: fromSwaggerUi("swagger-ui.css") },
  "swagger-ui-bundle.js": { type: "text/javascript; charset=utf-8", url: fromSwaggerUi("swagger-ui-bundle.js") },
  "favicon.png": { type: "image/png", url: fromSwaggerUi("favicon-32x32.png") },
  "start.js": { type: "text/javascript; charset=utf-8", url: new URL("browser/start.js", import.meta.url).href },
} as const satisfies Record<string, DocsFile>;

export type DocsFileName = keyof typeof docsFiles;

export const docsFileNames = Object.keys(docsFiles) as [DocsFileName, ...DocsFileName[]];

export const docsPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>rzero: the contract</title>
    <link rel="icon" type="image/png" href="/docs/favicon.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="docs"></div>
    <noscript>This page needs JavaScript; the same contract is at <a href="/openapi.yaml">/openapi.yaml</a>.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script type="module" src="/docs/start.js"></script>
  </body>
</html>
`;

/** Everything from here and nothing from elsewhere. Swagger UI draws its icons as data: images and needs nothing inline. */
export const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function readDocsFile(name: DocsFileName): Promise<Buffer> {
  return readFile(fileURLToPath(docsFiles[name].url));
}
