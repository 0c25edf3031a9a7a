/**
 * Loaded into the service before its own code (`node --import`): when the demo is gone, even killed, the channel between
 * the two closes and the service ends as if told to.
 */

/** Seconds it may take to end on its own. */
const PATIENCE = 25;

process.once("disconnect", () => {
  setTimeout(() => process.exit(1), PATIENCE * 1000).unref();
  process.kill(process.pid, "SIGTERM");
});
// Listening must not keep a service alive that is done.
process.channel?.unref();
