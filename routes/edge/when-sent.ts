/** The end of an answer: at once where its body is at hand, later where it is a stream. */

const streamed = /^(text\/event-stream|application\/(x-tar|jsonl|vnd\.apache\.parquet))/;

/** Calls `sent` once: now, or when the stream was read to its end, was given up or broke. Answers the response to send. */
export function whenSent(response: Response, sent: () => void): Response {
  const reader = streamed.test(response.headers.get("content-type") ?? "") ? response.body?.getReader() : undefined;
  if (reader === undefined) {
    sent();
    return response;
  }
  let told = false;
  const end = () => {
    if (!told) sent();
    told = true;
  };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          controller.close();
          end();
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: (reason) => {
        end();
        return reader.cancel(reason);
      },
    },
    // Nothing is read ahead: how fast the client reads is how fast the source is asked.
    { highWaterMark: 0 },
  );
  return new Response(body, { status: response.status, headers: response.headers });
}
