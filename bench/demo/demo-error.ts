/** A failure whoever runs the demo can read and act on; shown as one message, without a stack. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}
