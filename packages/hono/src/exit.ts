import * as http from "@sluice/core/http";
import type { Context, Next } from "hono";
import { HTTPException } from "hono/http-exception";

import { nodeOf } from "./connection.ts";

/** How the response to a request leaves: by node's own response, or as a web one. */
export interface Exit {
  /** Tells the exchange when the client leaves; may be called twice. */
  watch(c: Context, exchange: http.Exchange): void;
  /** Whether the client has left already. */
  isGone(c: Context): boolean;
  /** Lets the handler answer, and sees to it that the answer has `headers` and that the exchange ends with it. */
  pass(c: Context, next: Next, exchange: http.Exchange, headers: Headers): Promise<void>;
}

/** The headers that an exchange has come to. */
type Headers = (exchange: http.Exchange) => Readonly<Record<string, string>>;

/** The exit of `c`. */
export function exitOf(c: Context): Exit {
  return nodeOf(c) === undefined ? webExit : nodeExit;
}

/** The body is not touched: what `@hono/node-server` sends without making a stream of it stays that way. */
const nodeExit: Exit = {
  watch(c, exchange) {
    const { incoming, outgoing } = nodeOf(c)!;
    http.watchNode(exchange, incoming, outgoing);
  },
  isGone(c) {
    const { incoming, outgoing } = nodeOf(c)!;
    return outgoing.closed || incoming.socket.destroyed;
  },
  pass(c, next, exchange, headers) {
    const { incoming, outgoing } = nodeOf(c)!;
    if (!outgoing.headersSent) http.setHeaders(outgoing, headers(exchange));
    http.attendNode(exchange, incoming, outgoing);
    return next();
  },
};

const webExit: Exit = {
  watch: (c, exchange) => http.watchSignal(exchange, c.req.raw.signal),
  isGone: (c) => c.req.raw.signal.aborted,
  async pass(c, next, exchange, headers) {
    http.attendSignal(exchange, c.req.raw);
    try {
      await next();
    } catch (error) {
      http.leaveExchange(exchange, error);
      throw error;
    }
    // A refusal from further inside has its own headers.
    if (!exchange.decision.allowed) return;
    // The body of an answer to HEAD is dropped, and nobody says so.
    if (c.req.raw.method === "HEAD") http.endExchange(exchange);
    const response = http.withHeaders(http.tapResponse(exchange, c.res), headers(exchange));
    if (response === c.res) return;
    // Hono would merge the old one into the new.
    c.res = undefined;
    c.res = response;
  },
};

/** Answers a client that has left: the work is not begun. */
export async function nobody(exchange: http.Exchange): Promise<Response> {
  http.releaseExchange(exchange);
  http.leaveExchange(exchange);
  return new Response(null, { status: 499 });
}

/** Fails with what the request got wrong as Hono's error handlers know it. */
export async function failed(error: unknown): Promise<never> {
  const isTheirs = error instanceof Error && "status" in error && error.status === 400;
  throw isTheirs ? new HTTPException(400, { message: error.message, cause: error }) : error;
}
