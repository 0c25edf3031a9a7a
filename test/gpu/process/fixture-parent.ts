/** A parent that starts a child, prints its own answer and the child's id, and waits to be killed or told to leave. */
import { startWorker } from "../../../gpu/process/client.ts";
import type { FixtureMethods } from "./fixture-worker.ts";

const [, , worker = "", then = "wait"] = process.argv;
const client = startWorker<FixtureMethods>(new URL(worker, import.meta.url));
const scaled = await client.call("scale", { values: Float32Array.of(1, 2), by: 2 });
const pid = await client.call("pid", null);
if (then === "close") await client.close();
process.stdout.write(`${JSON.stringify({ pid, scaled: [...scaled] })}\n`);
