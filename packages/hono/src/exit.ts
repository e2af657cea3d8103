import * as http from "@sluice/core/http";
import type { Context, Next } from "hono";
import { HTTPException } from "hono/http-exception";

import { type NodeConnection, nodeOf } from "./connection.ts";

/** How the response to a request leaves: by node's own response, or as a web one. */
export interface Exit {
  /** Tells the exchange when the client leaves; may be called twice. */
  watch(): void;
  /** Whether the client has left already. */
  isGone(): boolean;
  /** Lets the handler answer, and sees to it that the answer has `headers` and that the exchange ends with it. */
  pass(next: Next, headers: () => Readonly<Record<string, string>>): Promise<void>;
}

/** The exit of `c`. */
export function exitOf(c: Context, exchange: http.Exchange): Exit {
  const node = nodeOf(c);
  return node === undefined ? webExit(c, exchange) : nodeExit(node, exchange);
}

/** The body is not touched: what `@hono/node-server` sends without making a stream of it stays that way. */
function nodeExit({ incoming, outgoing }: NodeConnection, exchange: http.Exchange): Exit {
  const watch = (): void => http.watchNode(exchange, incoming, outgoing);
  return {
    watch,
    isGone: () => outgoing.closed || incoming.socket.destroyed,
    async pass(next, headers) {
      if (!outgoing.headersSent) http.setHeaders(outgoing, headers());
      watch();
      await next();
    },
  };
}

function webExit(c: Context, exchange: http.Exchange): Exit {
  const watch = (): void => http.watchSignal(exchange, c.req.raw.signal);
  return {
    watch,
    isGone: () => c.req.raw.signal.aborted,
    async pass(next, headers) {
      watch();
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
      const response = http.withHeaders(http.tapResponse(exchange, c.res), headers());
      if (response === c.res) return;
      // Hono would merge the old one into the new.
      c.res = undefined;
      c.res = response;
    },
  };
}

/** Answers a client that has left: the work is not begun. */
export function nobody(exchange: http.Exchange): Response {
  http.releaseExchange(exchange);
  http.leaveExchange(exchange);
  return new Response(null, { status: 499 });
}

/** What the request got wrong, as Hono's error handlers know it. */
export function withStatus(error: unknown): unknown {
  const isTheirs = error instanceof Error && "status" in error && error.status === 400;
  return isTheirs ? new HTTPException(400, { message: error.message, cause: error }) : error;
}
