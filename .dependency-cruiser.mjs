/** The arrows of the house. Each rule says why it is there. */
const forbid = (name, comment, from, to) => ({ name, severity: "error", comment, from, to });

export default {
  forbidden: [
    forbid(
      "no-circular",
      "A cycle means two files are one concept: merge or split them. (A cycle of types alone is a recursive type.)",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    forbid(
      "graph-imports-nothing",
      "gpu/graph is the language everything else in gpu/ speaks; it knows nobody.",
      { path: "^gpu/graph/" },
      { pathNot: "^gpu/graph/" },
    ),
    forbid(
      "autodiff-to-graph",
      "Differentiation is a rewrite of graphs, nothing more.",
      { path: "^gpu/autodiff/" },
      { pathNot: "^gpu/(autodiff|graph)/" },
    ),
    forbid(
      "onnx-to-graph",
      "The writer turns graphs into ONNX bytes; protobufjs is allowed here and only here.",
      { path: "^gpu/onnx/" },
      { pathNot: "^(gpu/(onnx|graph)/|node_modules/protobufjs)" },
    ),
    forbid(
      "nn-to-graph",
      "Layers are functions from graph values to graph values.",
      { path: "^gpu/nn/" },
      { pathNot: "^gpu/(nn|graph)/" },
    ),
    forbid(
      "losses-optim-to-graph",
      "Losses and optimisers are graph functions too.",
      { path: "^gpu/(losses|optim)/" },
      { pathNot: "^gpu/(losses|optim|graph)/" },
    ),
    forbid(
      "models-to-nn",
      "A model is layers in an order.",
      { path: "^gpu/models/" },
      { pathNot: "^gpu/(models|nn|graph)/" },
    ),
    forbid(
      "tokenizer-weights-alone",
      "Hugging Face layouts in and out; no graph, no device.",
      { path: "^gpu/(tokenizer|weights)/" },
      {
        pathNot: "^gpu/(tokenizer|weights|models/(decoder|lora)-config)|node_modules/@huggingface/|^(node:)?[a-z_/]+$",
      },
    ),
    forbid(
      "process-is-generic",
      "Calls to a child process; what they do is the caller's business.",
      { path: "^gpu/process/" },
      { pathNot: "^gpu/process/|^(node:)?[a-z_/]+$" },
    ),
    forbid(
      "onnxruntime-in-runtime",
      "One place loads the native library: sessions and tensors have one owner.",
      { pathNot: "^(gpu/runtime/|test/|bench/)" },
      { path: "node_modules/onnxruntime" },
    ),
    forbid(
      "gpu-knows-no-service",
      "gpu/ computes; it knows no HTTP, no SQL and no R-Zero.",
      { path: "^gpu/" },
      { path: "^(src|routes|bench|test)/" },
    ),
    forbid(
      "rzero-is-pure",
      "The algorithm can be read and tested alone: no I/O, no clock, no library.",
      { path: "^src/rzero/" },
      { pathNot: "^src/rzero/" },
    ),
    forbid(
      "records-are-types",
      "The nouns of the service: types only, shared by storage, training and the edge.",
      { path: "^src/records/" },
      { pathNot: "^src/(records|rzero)/" },
    ),
    forbid(
      "one-door-to-gpu",
      "The embedded engine is one adapter of the policy port.",
      { path: "^src/", pathNot: "^src/(policy/onnx-policy|main)" },
      { path: "^gpu/" },
    ),
    forbid(
      "gpu-door",
      "What is not exported by gpu/index.ts is private.",
      { path: "^(src|routes)/" },
      { path: "^gpu/", pathNot: "^gpu/index\\.ts$" },
    ),
    forbid(
      "curriculum-is-storage",
      "Storage knows records, not the people who use them.",
      { path: "^src/curriculum/" },
      { path: "^(src/(training|policy|evaluation|grading|domains)|routes|gpu)/" },
    ),
    forbid(
      "telemetry-is-a-port",
      "What is measured is said in our own types; who counts it is behind one file.",
      { path: "^src/telemetry/" },
      { pathNot: "^src/(telemetry|records)/|node_modules/prom-client" },
    ),
    forbid(
      "prom-client-in-one-file",
      "Prometheus can be replaced by changing prometheus.ts.",
      { pathNot: "^src/telemetry/prometheus\\.ts$" },
      { path: "node_modules/prom-client" },
    ),
    forbid(
      "limits-in-one-file",
      "Whoever wants a limit asks for ours.",
      { pathNot: "^routes/edge/limits\\.ts$" },
      { path: "node_modules/rate-limiter-flexible" },
    ),
    forbid(
      "outbound-alone",
      "Calling somebody's URL safely is one concern; what is sent, and why, is the caller's.",
      { path: "^src/outbound/" },
      { pathNot: "^src/outbound/|node_modules/(ipaddr\\.js|cockatiel)|^(node:)?[a-z_/]+$" },
    ),
    forbid(
      "addresses-in-one-file",
      "What an address is, and what is permitted, is decided once.",
      { pathNot: "^src/outbound/allow-list\\.ts$" },
      { path: "node_modules/ipaddr\\.js" },
    ),
    forbid(
      "evaluators-ask",
      "Others' verdicts over HTTP, behind ports; the loop sees the ports and never what is behind them.",
      { path: "^src/evaluators/" },
      {
        pathNot:
          "^src/(evaluators|curriculum|outbound|records)/|^src/telemetry/telemetry\\.ts$|^src/training/(services|environment)\\.ts$|node_modules/cockatiel|^(node:)?[a-z_/]+$",
      },
    ),
    forbid(
      "evaluators-are-ports",
      "Training asks through ports.ts; only create-services.ts makes what is behind it.",
      { path: "^src/", pathNot: "^src/(evaluators/|training/create-services\\.ts$)" },
      { path: "^src/evaluators/", pathNot: "^src/evaluators/ports\\.ts$" },
    ),
    forbid(
      "evaluation-stores-nothing",
      "Answers go in, numbers come out; who queues and stores is training's business.",
      { path: "^src/evaluation/" },
      { path: "^src/(training|curriculum)/|^(routes|gpu)/" },
    ),
    forbid(
      "webhooks-tell",
      "Webhooks are derived from what happened; whoever makes it happen does not know of them.",
      { path: "^src/webhooks/" },
      {
        pathNot:
          "^src/(webhooks|curriculum|outbound|records)/|^src/telemetry/telemetry\\.ts$|^src/training/(services|environment)\\.ts$|^(node:)?[a-z_/]+$",
      },
    ),
    forbid(
      "backup-copies",
      "A copy is made of files and one database; what is in them, and who wants it, is not its concern.",
      { path: "^src/backup/" },
      {
        pathNot:
          "^src/(backup|records)/|^src/curriculum/(snapshot|data-lock|curriculum-error)\\.ts$|^(node:)?[a-z_/]+$",
      },
    ),
    forbid(
      "exports-write",
      "A dataset is written from records; where they come from and who reads it is not its concern.",
      { path: "^src/exports/" },
      { pathNot: "^src/(exports|records)/|node_modules/hyparquet-writer" },
    ),
    forbid(
      "parquet-in-one-file",
      "Whoever wants Parquet asks for bytes; what benchmarks come in is read in one place.",
      { pathNot: "^(src/exports/parquet\\.ts$|src/evaluation/read-table\\.ts$|test/)" },
      { path: "node_modules/(hyparquet|csv-parse)" },
    ),
    forbid(
      "grading-alone",
      "Answers are compared without knowing of runs, models or storage.",
      { path: "^src/grading/" },
      { pathNot: "^src/(grading/|policy/map-in-pieces)|node_modules/(@cortex-js|complex\\.js)|^(node:)?[a-z_/]+$" },
    ),
    forbid(
      "algebra-in-expressions",
      "One folder knows the algebra system: its trees and numbers never leave it.",
      { pathNot: "^src/grading/expression/" },
      { path: "node_modules/(@cortex-js|complex\\.js)" },
    ),
    {
      name: "no-algebra-in-the-service",
      comment: "It takes 0.2 s to load: only the child process that grades has it, so a start never waits for it.",
      severity: "error",
      from: { path: "^src/main\\.ts$" },
      to: { path: "node_modules/@cortex-js", reachable: true },
    },
    forbid(
      "drizzle-in-curriculum",
      "Rows never leave storage untyped.",
      { pathNot: "^(src/curriculum/|test/|drizzle\\.config)" },
      { path: "node_modules/(drizzle-orm|better-sqlite3)" },
    ),
    forbid(
      "domain-knows-no-http",
      "src/ can be used without a server; only main.ts joins the two.",
      { path: "^src/", pathNot: "^src/main\\.ts$" },
      { path: "^routes/|node_modules/(@hono|hono)" },
    ),
    forbid(
      "routes-to-services",
      "Handlers hold no rules: they call services and never reach past them.",
      { path: "^routes/" },
      { path: "^src/(curriculum|policy/.*-policy|main)" },
    ),
    forbid(
      "demo-is-a-client",
      "The demo shows what can be done over HTTP; of the service it takes only the types of the wire.",
      { path: "^bench/demo/" },
      { path: "^(src|routes|gpu)/", dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "nothing-imports-test",
      "Tests look at the product, not the other way round.",
      { pathNot: "^test/" },
      { path: "^test/" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
