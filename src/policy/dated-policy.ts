/**
 * Prompts of one date, whenever they are rendered. Some chat templates (Llama 3's) write today's: a run that went on
 * tomorrow would ask another question than the one it was trained on, and a phase made again would not be the same.
 */
import type { Policy, PolicyTokenizer } from "./policy.ts";

/** @param date ISO 8601, e.g. when a run was created: it is recorded there */
export const datedTokenizer = (tokenizer: PolicyTokenizer, date: string): PolicyTokenizer => ({
  description: tokenizer.description,
  encode: (text, options) => tokenizer.encode(text, options),
  decode: (tokenIds) => tokenizer.decode(tokenIds),
  decodeStream: () => tokenizer.decodeStream(),
  renderChat: (messages, options) => tokenizer.renderChat(messages, { date: new Date(date), ...options }),
});

/** Otherwise the policy it wraps. */
export const datedPolicy = (policy: Policy, date: string): Policy => ({
  model: policy.model,
  tokenizer: datedTokenizer(policy.tokenizer, date),
  generate: (request) => policy.generate(request),
  logprobs: (request) => policy.logprobs(request),
  openTrainer: (weights, adapter) => policy.openTrainer(weights, adapter),
  load: (directory) => policy.load(directory),
  save: (weights, directory) => policy.save(weights, directory),
  saveMerged: (weights, directory) => policy.saveMerged(weights, directory),
  has: (weights) => policy.has(weights),
  release: (weights) => policy.release(weights),
  close: () => policy.close(),
});
