/** The reference page on the wire. */
import { z } from "@hono/zod-openapi";

export const DocsPageSchema = z
  .string()
  .openapi("DocsPage", { description: "The reference page.", example: "<!doctype html>" });

export const DocsFileSchema = z
  .string()
  .openapi("DocsFile", { format: "binary", description: "A file of the reference page.", example: "..." });
