import { z } from "@hono/zod-openapi";
import { endpoint } from "../edge/endpoint.ts";
import { problemResponses } from "../wire/problem-schema.ts";
import { docsFileNames, docsFiles, readDocsFile } from "./docs-files.ts";
import { DocsFileSchema } from "./docs-schema.ts";

const file = { schema: DocsFileSchema };

export const getDocsFile = endpoint(
  {
    method: "get",
    path: "/docs/{file}",
    operationId: "docs_file",
    tags: ["service"],
    summary: "A file of the reference page",
    security: [],
    request: {
      params: z.object({
        file: z.enum(docsFileNames).openapi({ param: { name: "file", in: "path" }, example: "start.js" }),
      }),
    },
    responses: {
      200: {
        description: "The file.",
        content: { "text/css": file, "text/javascript": file, "image/png": file },
      },
      ...problemResponses(["invalid-request"]),
    },
  },
  async (c) => {
    const { file: name } = c.req.valid("param");
    const headers = { "content-type": docsFiles[name].type, "cache-control": "max-age=3600" };
    return c.body(new Uint8Array(await readDocsFile(name)), 200, headers) as never;
  },
);
