/**
 * The toy language model behind scripted-policy: small enough to check by hand, yet a real autoregressive model with
 * exact gradients, so that everything the loop does to a model can be tried on it in milliseconds.
 *
 * A script lists what may be written after a prompt: utterances c with a bias b_c and features x_c. With weights w
 *
 *   P(c) = exp(b_c + w . x_c) / Z
 *   P(token | prefix) = (1 - e) S(prefix + token) / S(prefix) + e / V        S(s) = sum of P(c) over c that start with s
 *   d log P(token | prefix) / dw = (1 - e) share / P(token | prefix) (E[x | prefix + token] - E[x | prefix])
 *
 * Tokens are the bytes of UTF-8 shifted by one; token 0 ends a text. What follows a prefix that no utterance has is the
 * end. The prompt of a text is everything up to its last line break, so utterances have none.
 */

import type { TextStream } from "./policy.ts";

export const END_TOKEN = 0;
export const VOCABULARY_SIZE = 257;
/** e: what no utterance says has this probability in all, so that every text has a finite log-probability. */
export const SMOOTHING = 1e-6;
const LINE_BREAK = 11;
const MOST_KNOWN = 50_000;

export interface Utterance {
  readonly text: string;
  readonly bias: number;
  /** [parameters] */
  readonly features: readonly number[];
}

/** What may be written after a prompt; empty where the script has nothing to say. Must be pure. */
export type Script = (prompt: string) => readonly Utterance[];

/** A token that some utterance continues with. */
export interface Branch {
  readonly token: number;
  readonly probability: number;
  /** [parameters] gradient of log probability. */
  readonly gradient: Float64Array;
}

/** Every token that is not a branch has probability SMOOTHING / V and gradient 0. Branches: likeliest first. */
export type NextToken = readonly Branch[];

interface EncodedUtterance {
  readonly tokens: readonly number[];
  readonly utterance: Utterance;
}

export function encodeText(text: string): number[] {
  return Array.from(new TextEncoder().encode(text), (byte) => byte + 1);
}

/** End tokens are left out. */
export function decodeTokens(tokens: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(tokens.filter((token) => token !== END_TOKEN).map((t) => t - 1)));
}

/** Text of tokens as they come; what is no character waits for what follows it. */
export class ScriptedText implements TextStream {
  #open: number[] = [];

  push(token: number): string {
    this.#open.push(token);
    const text = decodeTokens(this.#open);
    if (text.endsWith("\ufffd")) return "";
    this.#open = [];
    return text;
  }

  get whole(): boolean {
    return this.#open.length === 0;
  }
}

export class ScriptedLanguage {
  readonly #script: Script;
  readonly #utterances = new Map<string, readonly EncodedUtterance[]>();
  /** What was computed for these weights, by context: completions of one prompt share most of their prefixes. */
  readonly #known = new WeakMap<Float32Array, Map<string, NextToken>>();

  constructor(script: Script) {
    this.#script = script;
  }

  /** The distribution of the token after `context` under `weights`, which must not change any more. */
  next(weights: Float32Array, context: readonly number[]): NextToken {
    const known = this.#known.get(weights) ?? new Map<string, NextToken>();
    this.#known.set(weights, known);
    const key = String.fromCharCode(...context);
    let next = known.get(key);
    if (next === undefined) {
      next = this.#compute(weights, context);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(key, next);
    }
    return next;
  }

  #compute(weights: Float32Array, context: readonly number[]): NextToken {
    const start = context.lastIndexOf(LINE_BREAK) + 1;
    const prefix = context.slice(start);
    const open = this.#after(context.slice(0, start)).filter(({ tokens }) =>
      prefix.every((token, at) => tokens[at] === token),
    );
    if (open.length === 0) return [branch(END_TOKEN, 1, new Float64Array(weights.length))];

    const logits = open.map(
      ({ utterance }) => utterance.bias + utterance.features.reduce((sum, x, i) => sum + x * weights[i]!, 0),
    );
    const largest = Math.max(...logits);
    const masses = logits.map((logit) => Math.exp(logit - largest));
    const mean = meanFeatures(open, masses, weights.length);
    const members = new Map<number, number[]>();
    open.forEach(({ tokens }, index) => {
      const token = tokens[prefix.length] ?? END_TOKEN;
      members.set(token, [...(members.get(token) ?? []), index]);
    });
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    const branches = [...members].map(([token, indices]) => {
      const own = indices.map((index) => masses[index]!);
      const ownMean = meanFeatures(
        indices.map((index) => open[index]!),
        own,
        weights.length,
      );
      return branch(
        token,
        own.reduce((sum, mass) => sum + mass, 0) / total,
        ownMean.map((x, i) => x - mean[i]!),
      );
    });
    return branches.sort((a, b) => b.probability - a.probability || a.token - b.token);
  }

  #after(promptTokens: readonly number[]): readonly EncodedUtterance[] {
    const prompt = decodeTokens(promptTokens);
    let known = this.#utterances.get(prompt);
    if (known === undefined) {
      known = this.#script(prompt).map((utterance) => {
        if (utterance.text.includes("\n")) {
          throw new RangeError(`an utterance has no line break: ${JSON.stringify(utterance.text)}`);
        }
        return { tokens: [...encodeText(utterance.text), END_TOKEN], utterance };
      });
      if (this.#utterances.size >= MOST_KNOWN) this.#utterances.clear();
      this.#utterances.set(prompt, known);
    }
    return known;
  }
}

/** `share`: S(prefix + token) / S(prefix); `direction`: E[x | prefix + token] - E[x | prefix]. */
function branch(token: number, share: number, direction: Float64Array): Branch {
  const probability = (1 - SMOOTHING) * share + SMOOTHING / VOCABULARY_SIZE;
  const scale = ((1 - SMOOTHING) * share) / probability;
  return { token, probability, gradient: direction.map((x) => x * scale) };
}

function meanFeatures(of: readonly EncodedUtterance[], masses: readonly number[], parameters: number): Float64Array {
  const mean = new Float64Array(parameters);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  of.forEach(({ utterance }, index) => {
    for (let i = 0; i < parameters; i++) mean[i]! += (masses[index]! / total) * (utterance.features[i] ?? 0);
  });
  return mean;
}

/** A token's log-probability at temperature 1. */
export function logprobOf(next: NextToken, token: number): number {
  return Math.log(next.find((each) => each.token === token)?.probability ?? SMOOTHING / VOCABULARY_SIZE);
}

/** A token's log-probability at `temperature`, with its gradient: P_T(token) is P(token)^(1/T) / Z. */
export function scoreToken(
  next: NextToken,
  token: number,
  temperature: number,
): { readonly logprob: number; readonly gradient: Float64Array; readonly entropy: number } {
  const others = VOCABULARY_SIZE - next.length;
  const otherPower = (SMOOTHING / VOCABULARY_SIZE) ** (1 / temperature);
  const powers = next.map(({ probability }) => probability ** (1 / temperature));
  const z = powers.reduce((sum, power) => sum + power, others * otherPower);
  const found = next.findIndex((each) => each.token === token);
  const logprob = Math.log((found < 0 ? otherPower : powers[found]!) / z);
  const parameters = next[0]!.gradient.length;
  const gradient = new Float64Array(parameters);
  let entropy = -others * (otherPower / z) * Math.log(otherPower / z);
  next.forEach((each, index) => {
    const probability = powers[index]! / z;
    entropy -= probability * Math.log(probability);
    for (let i = 0; i < parameters; i++) {
      gradient[i]! += ((index === found ? 1 : 0) - probability) * (each.gradient[i]! / temperature);
    }
  });
  return { logprob, gradient, entropy };
}
