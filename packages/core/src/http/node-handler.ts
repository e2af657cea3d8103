import type { MemoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import { createGate } from "./admit.ts";
import type { NodeRequest, NodeResponse } from "./node-message.ts";
import { admitNode, answerRefusal, type Carrier } from "./node.ts";
import type { RateLimitOptions } from "./options.ts";
import type { Refusal } from "./refusal.ts";

/** A request of `node:http`, as `nodeRateLimit()` sees it. */
export interface PlainRequest extends NodeRequest, Carrier {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: NodeRequest["socket"] & { readonly remoteAddress?: string | undefined };
}

/** Options of `nodeRateLimit()`; all have a default. */
export type NodeRateLimitOptions<
  Req extends PlainRequest,
  Res extends NodeResponse,
  S extends Store = MemoryStore,
> = RateLimitOptions<Req, S, (req: Req, res: Res, refusal: Refusal) => unknown>;

/**
 * Rate limits for `node:http` without a framework: `createServer(nodeRateLimit(options)(handler))`. What the handler throws, or what
 * cannot be decided, is answered with a 400 or a 500 without a word about it, or ends a response that has begun. The client's
 * address is the socket's: there is no proxy setting. Throws `invalid-option`.
 */
export function nodeRateLimit<
  Req extends PlainRequest = PlainRequest,
  Res extends NodeResponse = NodeResponse,
  S extends Store = MemoryStore,
>(
  options: NodeRateLimitOptions<Req, Res, S> = {},
): <Q extends Req, R extends Res>(
  handler: (req: Q, res: R) => unknown,
) => (req: Q, res: R) => void {
  const gate = createGate<Req, (req: Req, res: Res, refusal: Refusal) => unknown, S>(options, {
    address: (req) => req.socket.remoteAddress,
    header: headerOf,
    trusts: () => false,
  });
  const { onRefused = (_req, res, refusal) => answerRefusal(res, refusal) } = gate;
  return (handler) => (req, res) => {
    const fail = (error: unknown): void => answerError(res, error);
    const pass = (error?: unknown): void => {
      if (error !== undefined) return fail(error);
      // One that is async fails later.
      void (async () => handler(req, res))().catch(fail);
    };
    admitNode(gate, req, req, res, pass, (refusal) => onRefused(req, res, refusal));
  };
}

function headerOf({ headers }: PlainRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

function answerError(res: NodeResponse, error: unknown): void {
  if (res.headersSent) return void res.destroy();
  const isBadRequest =
    typeof error === "object" && error !== null && "status" in error && error.status === 400;
  res.statusCode = isBadRequest ? 400 : 500;
  res.end();
}
