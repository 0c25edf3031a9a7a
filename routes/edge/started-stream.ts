/** A body that is written while it is read. */
import { ReadableStream } from "node:stream/web";

/**
 * Bytes as they are asked for. The first chunk is read before anything is answered, so that what cannot be read
 * is a problem with a status and not a broken download.
 */
export async function startedStream(bytes: AsyncIterable<Uint8Array>): Promise<globalThis.ReadableStream> {
  const iterator = bytes[Symbol.asyncIterator]();
  let next: IteratorResult<Uint8Array> | null = await iterator.next();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = next ?? (await iterator.next());
        next = null;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return stream as unknown as globalThis.ReadableStream;
}
