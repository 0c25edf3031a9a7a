/** A benchmark of the user's own: one YAML file, checked field by field. */
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { ANSWER_RULE_NAMES } from "./answer-rules.ts";
import { letterOf, MAX_CHOICES } from "./choices.ts";
import { PROMPT_NAMES } from "./prompts.ts";

const text = z.string().trim().min(1);
const answer = z.union([text, z.number()]).transform(String);

const Item = z.strictObject({
  id: z.union([text, z.number()]).transform(String).optional(),
  question: text,
  answer,
  skill: text.optional(),
  choices: z.array(answer).min(2).max(MAX_CHOICES).optional(),
});

export const OwnBenchmarkSchema = z
  .strictObject({
    title: text.optional(),
    prompt: z
      .union(
        [
          z.enum(PROMPT_NAMES),
          z.strictObject({
            system: text.optional(),
            user: text.refine((user) => user.includes("{question}"), "must hold {question}"),
          }),
        ],
        { error: `expected one of ${PROMPT_NAMES.join(", ")}, or system and user texts, {question} in the latter` },
      )
      .default("math"),
    answer: z.enum(ANSWER_RULE_NAMES).default("math"),
    metric: z.enum(["meanAtK", "greedy"]).default("greedy"),
    samples: z.int().min(0).max(1024).default(0),
    maxTokens: z.int().min(1).max(131_072).default(4096),
    items: z.array(Item).min(1).optional(),
    /** A table beside the YAML file instead, and the names of its columns. */
    file: text.optional(),
    columns: z
      .strictObject({
        question: text,
        answer: text,
        id: text.optional(),
        skill: text.optional(),
        choices: text.optional(),
      })
      .optional(),
  })
  .superRefine((own, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: "custom", path, message });
    if ((own.items === undefined) === (own.file === undefined)) refuse(["items"], "give either items or file");
    if ((own.file === undefined) !== (own.columns === undefined))
      refuse(["columns"], "belongs to file, and file needs it");
    if (own.metric === "meanAtK" && own.samples === 0) refuse(["samples"], "meanAtK needs at least 1");
    own.items?.forEach(({ choices, answer: reference }, index) => {
      const problem = own.answer === "choice" ? choiceProblem(choices, reference) : null;
      if (problem !== null) refuse(["items", index, problem.field], problem.message);
    });
  });

export type OwnBenchmark = z.output<typeof OwnBenchmarkSchema>;

/** Throws Error that names every field that is wrong. */
export function readOwnBenchmark(yaml: string): OwnBenchmark {
  let value: unknown;
  try {
    value = parse(yaml, { maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof ReferenceError)) throw error;
    throw new Error(`it is not YAML: ${error.message.split("\n")[0]}`);
  }
  const read = OwnBenchmarkSchema.safeParse(value);
  if (read.success) return read.data;
  const problems = read.error.issues.map(
    ({ path, message }) => `${path.map(String).join(".") || "the file"}: ${message}`,
  );
  throw new Error(problems.join("; "));
}

/** The reference of a multiple choice is a letter that its choices have. */
export function choiceProblem(
  choices: readonly string[] | undefined,
  reference: string,
): { readonly field: "choices" | "answer"; readonly message: string } | null {
  if (choices === undefined) return { field: "choices", message: "answer: choice needs them" };
  const last = letterOf(choices.length - 1);
  if (/^[A-Z]$/.test(reference) && reference <= last) return null;
  return { field: "answer", message: `is ${JSON.stringify(reference)}; expected a letter from A to ${last}` };
}
