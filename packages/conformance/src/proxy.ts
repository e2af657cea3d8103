import { pipeline, Readable, type Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip } from "node:zlib";

import type { Handler } from "./framework.ts";
import type { ModelServer } from "./model-server.ts";

/** A route that passes a request on to a model and the answer back as it comes; it stops when nobody listens any more. */
export function proxyTo(model: ModelServer): Handler {
  return async ({ path, body, header, rateLimit }) => {
    const upstream = await fetch(model.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-call": header("x-call") ?? "" },
      body: JSON.stringify(body),
      signal: rateLimit?.signal ?? null,
    });
    return {
      status: upstream.status,
      headers: { "content-type": upstream.headers.get("content-type") ?? "" },
      body: upstream.body!,
    };
  };
}

type Encoding = "gzip" | "br";

const encoders: Readonly<Record<Encoding, () => Transform>> = {
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
};

/** What a route answers as a middleware between it and `rateLimit` would compress it: every chunk can be read as it comes. */
export function compressed(encoding: Encoding): (handler: Handler) => Handler {
  return (handler) => async (call) => {
    const { body, headers, ...answer } = await handler(call);
    const source = typeof body === "string" ? [Buffer.from(body)] : body;
    const encoder = encoders[encoding]();
    // Whoever reads the one learns of what became of the other.
    pipeline(Readable.from(source), encoder, () => {});
    return { ...answer, headers: { ...headers, "content-encoding": encoding }, body: encoder };
  };
}
