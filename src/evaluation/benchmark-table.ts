/**
 * The public benchmarks, one row each: where the data comes from, how a question is asked, how an answer is read and
 * compared, and what is reported. The paper's suite and metrics (arXiv 2508.05004, 4.1): mean@32 of AMC and AIME by real
 * sampling, everything else greedy; 4,096 tokens for mathematics, 8,192 for the rest.
 */
import { hashText, seededRandom, shuffled } from "../rzero/seeds.ts";
import type { AnswerRuleName } from "./answer-rules.ts";
import type { BenchmarkItem, MetricName } from "./benchmark.ts";
import { letterOf } from "./choices.ts";
import type { PromptName } from "./prompts.ts";
import type { Row } from "./row.ts";

/** `id`, `skill` and `choices` have defaults: the row's number, none, none. */
export type ReadItem = Pick<BenchmarkItem, "question" | "reference"> &
  Partial<{ readonly id: string | null; readonly skill: string | null; readonly choices: readonly string[] }>;

export interface BenchmarkRow {
  readonly title: string;
  /** Dataset on Hugging Face. */
  readonly repository: string;
  /** Any of these, with the same columns; paths as in the repository. */
  readonly files: readonly string[];
  /** Those that are read, and what they hold. */
  readonly columns: Readonly<Record<string, "text" | "text or number" | "list of texts">>;
  readonly prompt: PromptName;
  readonly answer: AnswerRuleName;
  readonly metric: MetricName;
  readonly samples: number;
  readonly maxTokens: number;
  read(row: Row): ReadItem;
}

const openMathematics = { prompt: "math", answer: "math", maxTokens: 4096 } as const;
const greedy = { metric: "greedy", samples: 0 } as const;
const mean32 = { metric: "meanAtK", samples: 32 } as const;
const choice = { prompt: "choice", answer: "choice", maxTokens: 8192, ...greedy } as const;
const parquetOr = (split: string): readonly string[] => [`data/${split}-00000-of-00001.parquet`, `${split}.jsonl`];

export const BENCHMARKS = {
  gsm8k: {
    title: "GSM8K",
    repository: "openai/gsm8k",
    files: ["main/test-00000-of-00001.parquet"],
    columns: { question: "text", answer: "text" },
    ...openMathematics,
    ...greedy,
    // Working, then `#### 1,234`.
    read: (row) => ({ question: row.text("question"), reference: row.text("answer").split("####").at(-1)!.trim() }),
  },
  "math-500": {
    title: "MATH-500",
    repository: "HuggingFaceH4/MATH-500",
    files: ["test.jsonl"],
    columns: { problem: "text", answer: "text", subject: "text", unique_id: "text" },
    ...openMathematics,
    ...greedy,
    read: (row) => ({
      id: row.optional("unique_id"),
      question: row.text("problem"),
      reference: row.text("answer"),
      skill: row.optional("subject"),
    }),
  },
  amc23: {
    title: "AMC 2023",
    repository: "zwhe99/amc23",
    files: parquetOr("test"),
    columns: { id: "text or number", question: "text", answer: "text or number" },
    ...openMathematics,
    ...mean32,
    read: (row) => ({ id: row.optional("id"), question: row.text("question"), reference: row.text("answer") }),
  },
  aime24: {
    title: "AIME 2024",
    repository: "HuggingFaceH4/aime_2024",
    files: parquetOr("train"),
    columns: { id: "text or number", problem: "text", answer: "text or number" },
    ...openMathematics,
    ...mean32,
    read: problemAndAnswer,
  },
  aime25: {
    title: "AIME 2025",
    repository: "yentinglin/aime_2025",
    files: parquetOr("train"),
    columns: { id: "text or number", problem: "text", answer: "text or number" },
    ...openMathematics,
    ...mean32,
    read: problemAndAnswer,
  },
  minerva: {
    title: "Minerva Math",
    repository: "zwhe99/simplerl-minerva-math",
    files: parquetOr("test"),
    columns: { problem: "text", answer: "text or number" },
    ...openMathematics,
    ...greedy,
    read: problemAndAnswer,
  },
  olympiadbench: {
    title: "OlympiadBench",
    repository: "zwhe99/simplerl-OlympiadBench",
    files: parquetOr("test"),
    columns: { question: "text", final_answer: "list of texts", subfield: "text" },
    ...openMathematics,
    ...greedy,
    // All its answers are asked for; a list is compared as one.
    read: (row) => ({
      id: row.optional("id"),
      question: row.text("question"),
      reference: row.texts("final_answer").join(", "),
      skill: row.optional("subfield"),
    }),
  },
  "gpqa-diamond": {
    title: "GPQA Diamond",
    repository: "Idavidrein/gpqa",
    files: ["gpqa_diamond.csv"],
    columns: {
      Question: "text",
      "Correct Answer": "text",
      "Incorrect Answer 1": "text",
      "Incorrect Answer 2": "text",
      "Incorrect Answer 3": "text",
      "Record ID": "text",
      "High-level domain": "text",
    },
    ...choice,
    read: shuffledChoices,
  },
  "mmlu-pro": {
    title: "MMLU-Pro",
    repository: "TIGER-Lab/MMLU-Pro",
    files: ["data/test-00000-of-00001.parquet"],
    columns: {
      question_id: "text or number",
      question: "text",
      options: "list of texts",
      answer: "text",
      category: "text",
    },
    ...choice,
    read: (row) => ({
      id: row.optional("question_id"),
      question: row.text("question"),
      choices: row.texts("options"),
      reference: row.text("answer"),
      skill: row.optional("category"),
    }),
  },
  supergpqa: {
    title: "SuperGPQA",
    repository: "m-a-p/SuperGPQA",
    files: ["SuperGPQA-all.jsonl"],
    columns: { uuid: "text", question: "text", options: "list of texts", answer_letter: "text", discipline: "text" },
    ...choice,
    read: (row) => ({
      id: row.optional("uuid"),
      question: row.text("question"),
      choices: row.texts("options"),
      reference: row.text("answer_letter"),
      skill: row.optional("discipline"),
    }),
  },
  bbeh: {
    title: "BIG-Bench Extra Hard",
    repository: "MrLight/bbeh-eval",
    files: ["train.jsonl", "data/train-00000-of-00001.parquet"],
    columns: { question: "text", answer: "text or number", task: "text" },
    prompt: "text",
    answer: "text",
    maxTokens: 8192,
    ...greedy,
    read: (row) => ({
      question: row.text("question"),
      reference: row.text("answer"),
      skill: row.optional("task"),
    }),
  },
} as const satisfies Readonly<Record<string, BenchmarkRow>>;

function problemAndAnswer(row: Row): ReadItem {
  return { id: row.optional("id"), question: row.text("problem"), reference: row.text("answer") };
}

/** The seed is the question: whoever is evaluated, and whenever, sees the choices in the same order. */
function shuffledChoices(row: Row): ReadItem {
  const question = row.text("Question").trim();
  const right = row.text("Correct Answer").trim();
  const wrong = [1, 2, 3].map((number) => row.text(`Incorrect Answer ${number}`).trim());
  const order = shuffled([0, 1, 2, 3], seededRandom(hashText(question)));
  return {
    id: row.optional("Record ID"),
    question,
    choices: order.map((place) => [right, ...wrong][place]!),
    reference: letterOf(order.indexOf(0)),
    skill: row.optional("High-level domain"),
  };
}
