/** Lists: a stable order, a cursor, and nothing counted. */
import { z } from "@hono/zod-openapi";
import type { Page, PageRequest } from "../../src/records/records.ts";

const limit = z.coerce
  .number<number>()
  .int()
  .min(1)
  .max(200)
  .default(20)
  .openapi({ param: { name: "limit", in: "query" }, example: 20 });

const after = z
  .string()
  .min(1)
  .max(500)
  .optional()
  .openapi({ param: { name: "after", in: "query" }, description: "`nextCursor` of the page before." });

/** Query of a list: limit, after and the resource's own filters; anything else is refused. */
export function listQuery<Shape extends z.ZodRawShape>(filters: Shape) {
  return z.strictObject({ limit, after, ...filters });
}

export function pageRequest(query: { limit: number; after?: string | undefined }): PageRequest {
  return { limit: query.limit, after: query.after ?? null };
}

export function pageSchema<Item extends z.ZodType>(name: string, item: Item, example: unknown) {
  return z
    .object({
      data: z.array(item),
      hasMore: z.boolean(),
      nextCursor: z.string().nullable().openapi({ description: "`after` of the next page." }),
    })
    .openapi(name, { example: { data: [example], hasMore: false, nextCursor: null } });
}

export function pageView<Row, View>(page: Page<Row>, view: (row: Row) => View) {
  return { data: page.data.map(view), hasMore: page.hasMore, nextCursor: page.nextCursor };
}
