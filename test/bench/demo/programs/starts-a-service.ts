/** A demo that starts a service and then just waits, until somebody kills it. */
import { startService } from "../../../../bench/demo/service-process.ts";

const [folder, program] = process.argv.slice(2) as [string, string];
const service = await startService({ folder, port: 0, model: "any", program }, new AbortController().signal);
process.stdout.write(`${service.pid}\n`);
setInterval(() => undefined, 1000);
