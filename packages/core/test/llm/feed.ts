import { createResponseReader, type Reading, type ResponseReaderOptions } from "@sluice/core/llm";

/** The reading of `body` pushed in pieces that end at `cuts`. */
export function readSplit(
  body: Uint8Array,
  cuts: Iterable<number>,
  options: ResponseReaderOptions = {},
): Reading {
  const reader = createResponseReader(options);
  let from = 0;
  for (const cut of cuts) {
    reader.push(body.subarray(from, cut));
    from = cut;
  }
  reader.push(body.subarray(from));
  return reader.end();
}
