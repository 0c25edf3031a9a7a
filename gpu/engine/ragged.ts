/** Lists of different lengths, end to end in one array: how batches cross the process boundary. */

export interface Ragged<A extends Int32Array | Float32Array> {
  readonly lengths: Int32Array;
  readonly values: A;
}

export const raggedTokens = (lists: readonly (readonly number[])[]): Ragged<Int32Array> => {
  const lengths = Int32Array.from(lists, (list) => list.length);
  const values = new Int32Array(lengths.reduce((a, b) => a + b, 0));
  let at = 0;
  for (const list of lists) {
    values.set(list, at);
    at += list.length;
  }
  return { lengths, values };
};

export const raggedFloats = (lists: readonly Float32Array[]): Ragged<Float32Array> => {
  const lengths = Int32Array.from(lists, (list) => list.length);
  const values = new Float32Array(lengths.reduce((a, b) => a + b, 0));
  let at = 0;
  for (const list of lists) {
    values.set(list, at);
    at += list.length;
  }
  return { lengths, values };
};

/** Views, one per list. */
export function unragged<A extends Int32Array | Float32Array>({ lengths, values }: Ragged<A>): A[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    const view = values.subarray(at, at + length) as A;
    at += length;
    return view;
  });
}
