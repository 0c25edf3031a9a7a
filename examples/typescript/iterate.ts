/**
 * One iteration through a client generated from the contract:
 *
 *   npx openapi-typescript http://127.0.0.1:8080/openapi.json -o rzero.ts   (or openapi.yaml of this repository)
 *   npx tsx iterate.ts [run id]
 */
import createClient from "openapi-fetch";
import type { paths } from "./rzero.ts";

const { RZERO_URL = "http://127.0.0.1:8080", RZERO_API_KEY } = process.env;
const client = createClient<paths, "application/json" | "application/problem+json">({
  baseUrl: RZERO_URL,
  headers: RZERO_API_KEY === undefined ? {} : { authorization: `Bearer ${RZERO_API_KEY}` },
});

/** The answer, or an error that says what the service said. */
function answered<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

const runId = process.argv[2] ?? answered(await client.POST("/v1/runs", { body: { seed: 1 } })).id;
const started = answered(await client.POST("/v1/iterations", { body: { run: runId, count: 1 } }));

// The operation, asked again until it has ended.
const path = { id: started.operation.id };
let operation = started.operation;
while (operation.state === "queued" || operation.state === "running") {
  await new Promise((resolve) => setTimeout(resolve, 200));
  operation = answered(await client.GET("/v1/operations/{id}", { params: { path } }));
}
if (operation.state !== "completed") throw new Error(`${operation.state}: ${operation.error?.message}`);

const { data: iterations } = answered(
  await client.GET("/v1/iterations", { params: { query: { run: runId, limit: 1 } } }),
);
console.log(iterations[0]?.summary);

const kept = answered(
  await client.GET("/v1/questions", { params: { query: { run: runId, state: "kept", limit: 3 } } }),
);
for (const { text, pseudoLabel, majorityShare } of kept.data) console.log({ text, pseudoLabel, majorityShare });

const { choices } = answered(
  await client.POST("/v1/chat/completions", {
    body: { model: `${runId}/solver`, messages: [{ role: "user", content: "12+18-2" }], temperature: 0 },
  }),
);
const [choice] = choices;
// The route can stream too; this tells an answer from a chunk.
if (choice !== undefined && "message" in choice) console.log(choice.message.content);
