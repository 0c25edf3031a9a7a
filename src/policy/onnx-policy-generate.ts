/** Completions from the device process: rows out, text in. */
import { type Device, raggedTokens, type SampledRows, unragged } from "../../gpu/index.ts";
import { cutAtStop } from "./cut-at-stop.ts";
import { mapInPieces } from "./map-in-pieces.ts";
import { sharedPrompts } from "./onnx-policy-batches.ts";
import { translateErrors } from "./onnx-policy-errors.ts";
import { PieceWriter } from "./piece-writer.ts";
import {
  type Completion,
  type GenerateRequest,
  type GenerateResult,
  PolicyError,
  type PolicyTokenizer,
} from "./policy.ts";

export interface Generator {
  readonly device: Device;
  readonly eosTokenIds: readonly number[];
  readonly tokenizer: Pick<PolicyTokenizer, "decode" | "decodeStream">;
}

/** Rows of one call to the device. Longer requests are cut, so that cancelling and progress get a turn. */
const rowsPerCall = 512;

interface Row {
  readonly prompt: number;
  readonly sample: number;
  readonly seed: number;
}

interface Written {
  readonly tokenIds: readonly number[];
  readonly sampledLogprobs: Float32Array;
  readonly rawLogprobs: Float32Array;
  /** By a token that ends a turn. */
  readonly stopped: boolean;
}

export async function generate(generator: Generator, request: GenerateRequest): Promise<GenerateResult> {
  const { weights, prompts, sampling, onProgress } = request;
  // A stop string is a matter of text, which the device does not know: it is told when one has come.
  const watched = request.onPiece !== undefined || sampling.stop?.some((string) => string !== "");
  const started = performance.now();
  const total = prompts.reduce((count, prompt) => count + prompt.seeds.length, 0);
  const completions: Completion[][] = prompts.map(() => []);
  let finished = 0;
  let tokens = 0;
  for (const rows of callsOf(prompts)) {
    const report = (done: number, written: number) =>
      onProgress?.({ finished: finished + done, total, tokens: tokens + written });
    const written = await (watched ? stream : whole)(generator, request, rows, report);
    for (const [i, { prompt, sample }] of rows.entries()) completions[prompt]![sample] = written[i]!;
    finished += rows.length;
    tokens += written.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
    onProgress?.({ finished, total, tokens });
  }
  return { weights, completions, tokens, seconds: (performance.now() - started) / 1000 };
}

type Report = (finished: number, tokens: number) => void;

async function whole(
  generator: Generator,
  request: GenerateRequest,
  rows: readonly Row[],
  report: Report,
): Promise<Completion[]> {
  const sampled = await translateErrors(() =>
    generator.device.call("sample", parametersOf(generator, request, rows, false), {
      ...optionsOf(request),
      onProgress: ({ finished, tokens }) => report(finished, tokens),
    }),
  );
  const written = unpacked(sampled);
  return mapInPieces(rows, ({ seed }, i) => completionOf(generator, written[i]!, seed, []));
}

/** Ends the call as soon as every row has ended, by its text if not by its tokens. */
async function stream(
  generator: Generator,
  request: GenerateRequest,
  rows: readonly Row[],
  report: Report,
): Promise<Completion[]> {
  const { stop = [], maxTokens } = request.sampling;
  const completions: Completion[] = [];
  const writers = rows.map(
    ({ prompt, sample }) =>
      new PieceWriter({
        ...{ text: generator.tokenizer.decodeStream(), eosTokenIds: generator.eosTokenIds, stop },
        onPiece: (piece) => request.onPiece?.({ prompt, sample, ...piece }),
      }),
  );
  let finished = 0;
  const take = (row: number, news: Written) => {
    const writer = writers[row]!;
    if (completions[row] !== undefined) return;
    writer.push(news.tokenIds, news.sampledLogprobs, news.rawLogprobs);
    if (!news.stopped && !writer.stopMet && writer.tokenIds.length < maxTokens) return;
    const written = {
      tokenIds: writer.tokenIds,
      sampledLogprobs: Float32Array.from(writer.sampledLogprobs),
      rawLogprobs: Float32Array.from(writer.rawLogprobs),
      stopped: generator.eosTokenIds.includes(writer.tokenIds.at(-1)!),
    };
    completions[row] = completionOf(generator, written, rows[row]!.seed, stop);
    writer.finish(completions[row]);
    finished++;
  };

  const enough = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, enough.signal]) : enough.signal;
  try {
    await translateErrors(() =>
      generator.device.call("sample", parametersOf(generator, request, rows, true), {
        ...optionsOf(request),
        signal,
        onProgress: (progress) => {
          if (progress.pieces !== null)
            for (const [i, news] of unpacked(progress.pieces.written).entries()) take(progress.pieces.rows[i]!, news);
          if (finished === rows.length) enough.abort();
          else report(finished, progress.tokens);
        },
      }),
    );
  } catch (error) {
    const complete = finished === rows.length && error instanceof PolicyError && error.code === "cancelled";
    if (!complete) throw error;
  }
  return completions;
}

const parametersOf = (
  { eosTokenIds }: Generator,
  { weights, prompts, sampling }: GenerateRequest,
  rows: readonly Row[],
  pieces: boolean,
) => {
  const { distinct, rowPrompt } = sharedPrompts(rows.map((row) => prompts[row.prompt]!.tokenIds));
  const { temperature, topP, topK, minP, maxTokens } = sampling;
  return {
    weights,
    prompts: raggedTokens(distinct),
    rowPrompt,
    seeds: Uint32Array.from(rows, (row) => row.seed),
    settings: { temperature, topP, topK, minP, maxTokens, stopTokens: eosTokenIds },
    pieces,
  };
};

const optionsOf = ({ priority = "batch", signal }: GenerateRequest) => ({ priority, ...(signal ? { signal } : {}) });

function unpacked({ tokens, sampledLogprobs, rawLogprobs, stopped }: SampledRows): Written[] {
  const sampled = unragged({ lengths: tokens.lengths, values: sampledLogprobs });
  const raw = unragged({ lengths: tokens.lengths, values: rawLogprobs });
  return unragged(tokens).map((ids, i) => ({
    tokenIds: [...ids],
    sampledLogprobs: sampled[i]!,
    rawLogprobs: raw[i]!,
    stopped: stopped[i] === 1,
  }));
}

function completionOf(
  { tokenizer: { decode } }: Generator,
  written: Written,
  seed: number,
  stop: readonly string[],
): Completion {
  const { tokenIds, sampledLogprobs, rawLogprobs, stopped } = written;
  const text = decode(stopped ? tokenIds.slice(0, -1) : tokenIds);
  const cut = cutAtStop(text, tokenIds, stop, decode);
  if (!cut) return { tokenIds, text, sampledLogprobs, rawLogprobs, finishReason: stopped ? "stop" : "length", seed };
  return {
    tokenIds: cut.tokenIds,
    text: cut.text,
    sampledLogprobs: sampledLogprobs.slice(0, cut.tokenIds.length),
    rawLogprobs: rawLogprobs.slice(0, cut.tokenIds.length),
    finishReason: "stop",
    seed,
  };
}

/** Rows in calls of at most `rowsPerCall`, prompts of similar length together so that little of a run is padding. */
function callsOf(prompts: GenerateRequest["prompts"]): Row[][] {
  const order = prompts.map((_, i) => i);
  order.sort((a, b) => prompts[a]!.tokenIds.length - prompts[b]!.tokenIds.length || a - b);
  const rows = order.flatMap((prompt) => prompts[prompt]!.seeds.map((seed, sample) => ({ prompt, sample, seed })));
  const count = Math.ceil(rows.length / rowsPerCall);
  const size = Math.ceil(rows.length / Math.max(1, count));
  return Array.from({ length: count }, (_, i) => rows.slice(i * size, (i + 1) * size));
}
