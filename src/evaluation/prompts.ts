/** How a benchmark's question is put to the Solver: one row for each kind. */
import { solverMessages } from "../domains/math.ts";
import type { ChatMessage } from "../policy/policy.ts";
import type { BenchmarkItem } from "./benchmark.ts";
import { withChoices } from "./choices.ts";

export const PROMPT_NAMES = ["math", "choice", "text", "bare"] as const;
export type PromptName = (typeof PROMPT_NAMES)[number];

type Prompt = (item: Pick<BenchmarkItem, "question" | "choices">) => readonly ChatMessage[];

const CHOICE_SYSTEM =
  "Reason step by step, and give the letter of the one right choice within \\boxed{}, for example \\boxed{A}.";
const TEXT_SYSTEM =
  "Reason step by step, and give your final answer within \\boxed{}, as short as possible and without explanation.";

const shown = ({ question, choices }: Pick<BenchmarkItem, "question" | "choices">): string =>
  choices === null ? question : withChoices(question, choices);

const asked =
  (system: string): Prompt =>
  (item) => [
    { role: "system", content: system },
    { role: "user", content: shown(item) },
  ];

export const prompts: Readonly<Record<PromptName, Prompt>> = {
  /** As the domain `math` asks in training. */
  math: (item) => solverMessages(shown(item)),
  choice: asked(CHOICE_SYSTEM),
  text: asked(TEXT_SYSTEM),
  bare: (item) => [{ role: "user", content: shown(item) }],
};

/** A prompt of the user's own; `{question}` in `user` stands for the question, with its choices where it has some. */
export const customPrompt =
  ({ system, user }: { readonly system?: string | undefined; readonly user: string }): Prompt =>
  (item) => [
    ...(system === undefined ? [] : [{ role: "system", content: system } as const]),
    { role: "user", content: user.split("{question}").join(shown(item)) },
  ];
