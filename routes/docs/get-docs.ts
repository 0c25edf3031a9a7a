import { endpoint } from "../edge/endpoint.ts";
import { docsPage, docsPolicy } from "./docs-files.ts";
import { DocsPageSchema } from "./docs-schema.ts";

export const getDocs = endpoint(
  {
    method: "get",
    path: "/docs",
    operationId: "docs_get",
    tags: ["service"],
    summary: "The contract, to read and to try",
    description: "A page that needs nothing from anywhere else.",
    security: [],
    responses: { 200: { description: "The page.", content: { "text/html": { schema: DocsPageSchema } } } },
  },
  (c) => c.html(docsPage, 200, { "content-security-policy": docsPolicy }),
);
