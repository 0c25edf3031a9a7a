/** Messages to the text a model was trained on. */
import { Template } from "@huggingface/jinja";
import { strftime } from "./strftime.ts";
import { TokenizerError } from "./tokenizer-error.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** `date`: what `strftime_now` tells the time by. Some templates write today's date into every prompt. */
export type ChatRenderer = (messages: readonly ChatMessage[], addGenerationPrompt: boolean, date: Date) => string;

/**
 * @param template what tokenizer_config.json or chat_template.jinja holds: a template, a list of named ones (the one
 *   called `default` is taken), or nothing.
 * @param specialTokens e.g. `bos_token`: names templates may use, beside messages and add_generation_prompt.
 * @throws TokenizerError if the template cannot be parsed; the renderer throws it if the template refuses the messages.
 */
export function chatRenderer(
  template: unknown,
  specialTokens: Readonly<Record<string, string | undefined>>,
  directory: string,
): ChatRenderer {
  const source = templateText(template, directory);
  if (source === null) return renderLines;
  const compiled = attempt(() => new Template(source), `the chat template of ${directory} cannot be parsed`);
  compiled.parsed.body.unshift(...ownClock);
  return (messages, addGenerationPrompt, date) =>
    attempt(
      () =>
        compiled.render({
          ...specialTokens,
          messages: messages.map(({ role, content }) => ({ role, content })),
          add_generation_prompt: addGenerationPrompt,
          own_strftime_now: (format: string) => strftime(date, format),
        }),
      `the chat template of ${directory} refuses these messages`,
    );
}

/**
 * The library's strftime_now speaks the machine's language, lives in its time zone and cannot be told the time. It is
 * declared before our names are, so it has to be set anew.
 */
const ownClock = new Template("{% set strftime_now = own_strftime_now %}").parsed.body;

/** The published R-Zero format for models without a template; the model continues after the last line. */
function renderLines(messages: readonly ChatMessage[]): string {
  return messages.map(({ role, content }) => `${role}: ${content}\n`).join("");
}

function templateText(template: unknown, directory: string): string | null {
  if (template === undefined || template === null) return null;
  if (typeof template === "string") return template;
  const named = Array.isArray(template) ? template.find((entry) => entry?.name === "default")?.template : undefined;
  if (typeof named === "string") return named;
  throw new TokenizerError(`${directory}: chat_template is neither a string nor a list with a "default" entry`);
}

function attempt<T>(action: () => T, failure: string): T {
  try {
    return action();
  } catch (cause) {
    throw new TokenizerError(`${failure}: ${(cause as Error).message}`, { cause });
  }
}
