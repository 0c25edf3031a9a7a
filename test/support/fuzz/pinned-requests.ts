/** Requests that once found a defect, as fast-check printed them; each is sent in every run, before any new one. */
import type { FuzzRequest } from "./requests.ts";

const json = { "content-type": "application/json" };

export const pinnedRequests: readonly FuzzRequest[] = [
  // `created` had milliseconds after the point.
  { operationId: "models_list", method: "GET", template: "/v1/models", id: "toy", query: {}, headers: {} },
  // A temperature that is 0 in single precision: nothing could be drawn, and the toy looked for it for ever.
  {
    operationId: "completions_create",
    method: "POST",
    template: "/v1/completions",
    id: "x",
    query: {},
    headers: json,
    body: { model: "toy", prompt: [4, 1, 0], temperature: 4.132118187961808e-220, max_tokens: 1 },
  },
  // No integer to the edge, one to the document, which named no largest.
  {
    operationId: "tokens_decode",
    method: "POST",
    template: "/detokenize",
    id: "x",
    query: {},
    headers: json,
    body: { tokens: [1e308] },
  },
];
