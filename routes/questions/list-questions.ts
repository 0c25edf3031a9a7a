import { z } from "@hono/zod-openapi";
import { type ExportFormat, ServiceError } from "../../src/training/services.ts";
import { endpoint } from "../edge/endpoint.ts";
import { startedStream } from "../edge/started-stream.ts";
import { idSchema } from "../wire/field-schemas.ts";
import { listQuery, pageRequest, pageView } from "../wire/page.ts";
import { errorResponses } from "../wire/problem-schema.ts";
import {
  QuestionLinesSchema,
  QuestionPageSchema,
  QuestionParquetSchema,
  QuestionStateSchema,
  questionView,
} from "./question-schema.ts";

const share = (description: string) =>
  z.coerce.number<string>().min(0).max(1).optional().openapi({ type: "number", description, example: 0.5 });

const mediaTypes = {
  jsonl: "application/jsonl",
  parquet: "application/vnd.apache.parquet",
} as const satisfies Record<ExportFormat, string>;

export const listQuestions = endpoint(
  {
    method: "get",
    path: "/v1/questions",
    operationId: "questions_list",
    tags: ["questions"],
    summary: "List questions, or export them all",
    description:
      "A page, newest first; or with `format` all that the filters let through, oldest first, as a dataset: one JSON object " +
      "a line, or Parquet. It is written while it is read, whatever its size. `state=kept` is the curriculum.",
    request: {
      query: listQuery({
        run: idSchema("run").optional(),
        iteration: idSchema("iter").optional(),
        state: QuestionStateSchema.optional(),
        minShare: share("Smallest majorityShare."),
        maxShare: share("Largest majorityShare."),
        search: z.string().min(1).max(500).optional().openapi({ description: "Words in the text.", example: "12+18" }),
        format: z.enum(["json", "jsonl", "parquet"]).default("json").openapi({
          description: "`jsonl` and `parquet` know no pages: `limit` means nothing and `after` is refused.",
        }),
      }),
    },
    responses: {
      200: {
        description: "Questions.",
        content: {
          "application/json": { schema: QuestionPageSchema },
          "application/jsonl": { schema: QuestionLinesSchema },
          "application/vnd.apache.parquet": { schema: QuestionParquetSchema },
        },
        headers: {
          "Content-Disposition": {
            schema: { type: "string" },
            description: "`questions.jsonl` or `questions.parquet`.",
          },
        },
      },
      ...errorResponses(["invalid-value"]),
    },
  },
  async (c) => {
    const { limit, after, format, ...filter } = c.req.valid("query");
    const { questions } = c.var.services;
    if (format === "json")
      return c.json(pageView(questions.list(pageRequest({ limit, after }), filter), questionView), 200);
    if (after !== undefined) {
      throw new ServiceError("invalid-value", `${format} is everything at once; there is nothing to go on after`, {
        field: "after",
        value: after,
      });
    }
    const bytes = await startedStream(questions.export(filter, format));
    c.header("content-type", mediaTypes[format]);
    c.header("content-disposition", `attachment; filename="questions.${format}"`);
    return c.body(bytes, 200);
  },
);
