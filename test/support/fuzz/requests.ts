/** Requests from the operations of the contract, as plain data: a failure can be pinned by copying what fast-check prints. */
import fc from "fast-check";
import { type Components, type Schema, spoiled, valuesOf } from "./schema-values.ts";

export interface FuzzRequest {
  readonly operationId: string;
  readonly method: string;
  /** Of the contract, with `{id}` in it. */
  readonly template: string;
  /** `$run`, `$question`, ... stand for a resource that is there when the request is sent. */
  readonly id: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; a string of `raw` is sent as it is. */
  readonly body?: unknown;
  readonly raw?: string;
}

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema: Schema;
}

export interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, { schema: Schema }> };
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Components };
}

/** By field name, in bodies and filters. */
const knownByField: Readonly<Record<string, readonly string[]>> = {
  run: ["$run"],
  iteration: ["$iteration"],
  question: ["$question"],
  questions: ["$question", "1+2"],
  solutions: ["$solution"],
  model: ["toy", "$run/solver", "$checkpoint"],
  domain: ["arithmetic", "math"],
  benchmarks: ["arithmetic", "gsm8k"],
  benchmark: ["arithmetic"],
  a: ["$evaluation"],
  b: ["$evaluation"],
  preset: ["stable", "paper"],
  after: ["$run", "$question", "$operation", "$hook", "0"],
  kind: [],
  // What is sent there is refused at once: nobody listens.
  url: ["http://127.0.0.1:9/", "http://10.0.0.1/", "file:///etc/passwd", "https://u:p@h.example/"],
  endpoint: ["$hook"],
};

const known = (field: string) => {
  const values = knownByField[field];
  return values === undefined || values.length === 0 ? null : fc.constantFrom(...values);
};

const knownByPath: Readonly<Record<string, string>> = {
  runs: "$run",
  iterations: "$iteration",
  questions: "$question",
  solutions: "$solution",
  "training-steps": "$step",
  checkpoints: "$checkpoint",
  evaluations: "$evaluation",
  operations: "$operation",
  "webhook-endpoints": "$hook",
  "webhook-deliveries": "$msg",
  models: "toy",
  docs: "start.js",
};

const hostileText = fc.constantFrom(
  "..",
  "../../etc/passwd",
  "%2e%2e%2f",
  "a/b",
  "\u0000",
  "é",
  "run_",
  "x".repeat(300),
  "' or 1=1 --",
  "a b",
  "%",
  "__proto__",
);

const hostileHeaders = fc.record(
  {
    prefer: fc.constantFrom("wait=0", "wait=-1", "wait=x", "respond-async", "wait=99999999999", ""),
    "idempotency-key": fc.constantFrom("a", "b", "", "two words", "x".repeat(256), "$now"),
    "if-match": fc.constantFrom("*", '"none"', 'W/"x"', ",", ""),
    "last-event-id": fc.constantFrom("0", "1", "-1", "x", "1e9", ""),
    accept: fc.constantFrom("application/json", "text/event-stream", "*/*", "text/html", ""),
    "x-request-id": fc.constantFrom("abc", "a b", "x".repeat(200)),
    "content-type": fc.constantFrom(
      "text/plain",
      "application/json; charset=utf-8",
      "application/problem+json",
      "multipart/form-data",
      "",
    ),
    authorization: fc.constantFrom("Bearer x", "Basic eDp5", ""),
  },
  { requiredKeys: [] },
);

const brokenJson = fc.constantFrom(
  "{",
  "",
  "null",
  "[1",
  '{"a":1,}',
  "\ufeff{}",
  '{"__proto__":{"x":1}}',
  "NaN",
  '"text"',
  "[]",
);

/** One operation: mostly as the contract wants it, then with parts of it spoiled. */
function requestsOf(
  document: Document,
  template: string,
  method: string,
  operation: OperationObject,
): fc.Arbitrary<FuzzRequest> {
  const { schemas } = document.components;
  const values = (schema: Schema, field: string) => valuesOf(schema, schemas, known, field);
  const asText = (arbitrary: fc.Arbitrary<unknown>) => arbitrary.map((value) => String(value));
  const ofPlace = (place: string) => (operation.parameters ?? []).filter((each) => each.in === place);
  const query = fc.record(
    Object.fromEntries(ofPlace("query").map(({ name, schema }) => [name, asText(values(schema, name))])),
    { requiredKeys: [] },
  );
  const resource = knownByPath[template.split("/").filter((part) => part !== "v1" && part !== "")[0] ?? ""] ?? "x";
  const id = fc.oneof({ weight: 6, arbitrary: fc.constant(resource) }, { weight: 1, arbitrary: hostileText });
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const good = schema === undefined ? fc.constant(undefined) : values(schema, "");
  const bad = schema === undefined ? fc.constant(undefined) : spoiled(good);
  const base = {
    operationId: fc.constant(operation.operationId),
    method: fc.constant(method),
    template: fc.constant(template),
  };
  const json = schema === undefined ? fc.constant({}) : fc.constant({ "content-type": "application/json" });
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ ...base, id, query, headers: json, body: good }) },
    { weight: 3, arbitrary: fc.record({ ...base, id, query, headers: json, body: bad }) },
    {
      weight: 2,
      arbitrary: fc.record({
        ...base,
        id,
        query: fc.dictionary(
          fc.oneof(fc.constantFrom("limit", "after", "run", "x", "constructor"), hostileText),
          hostileText,
          { maxKeys: 3 },
        ),
        headers: fc.tuple(json, hostileHeaders).map(([first, more]) => ({ ...first, ...more })),
        body: good,
      }),
    },
    {
      weight: schema === undefined ? 0 : 1,
      arbitrary: fc.record({ ...base, id, query, headers: json, raw: brokenJson }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        ...base,
        method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
        id,
        query,
        headers: json,
      }),
    },
  ) as fc.Arbitrary<FuzzRequest>;
}

export function fuzzRequests(document: Document): fc.Arbitrary<FuzzRequest> {
  const all = Object.entries(document.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([verb, operation]) =>
      requestsOf(document, template, verb.toUpperCase(), operation),
    ),
  );
  return fc.oneof(...all);
}
