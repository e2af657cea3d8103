import { isPromise } from "../answer.ts";
import type { Signal } from "../lease.ts";
import { fail } from "../options.ts";
import type { MemoryStore } from "../store/memory.ts";
import type { Store } from "../store/store.ts";
import { createGate } from "./admit.ts";
import { endExchange, exchangeOf, leaveExchange, type RequestState } from "./exchange.ts";
import type { RateLimitOptions } from "./options.ts";
import type { Refusal } from "./refusal.ts";
import {
  admitWeb,
  refusalResponse,
  tapResponse,
  type WebHeaders,
  withHeaders,
  type WebResponse,
} from "./web.ts";

/** The part of a web `Request` that is used. */
export interface WebRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: WebHeaders;
  readonly signal: Signal;
}

/** Options of `webRateLimit()`: `address` or `subject` is needed, as a web request has no address of its own. */
export type WebRateLimitOptions<Req, Res, S extends Store = MemoryStore> = RateLimitOptions<
  Req,
  S,
  (request: Req, refusal: Refusal) => Res | Promise<Res>
> & {
  /** The client's address, as the platform tells it. */
  readonly address?: ((request: Req) => string | undefined) | undefined;
};

/**
 * Rate limits for a `Request → Response` handler, as those of Next.js, SvelteKit, h3, Bun, Deno and workers:
 * `export const POST = webRateLimit(options)(handler)`. The handler finds its state by `rateLimitOf(request)`. What it throws goes on,
 * and the lease ends. Throws `invalid-option`.
 */
export function webRateLimit<
  Req extends WebRequest = WebRequest,
  Res extends WebResponse = WebResponse,
  S extends Store = MemoryStore,
>(
  options: WebRateLimitOptions<Req, Res, S>,
): <Q extends Req, R extends Res, Rest extends unknown[]>(
  handler: (request: Q, ...rest: Rest) => R | Promise<R>,
) => (request: Q, ...rest: Rest) => Promise<R | Res> {
  const { address, ...others } = options;
  if (address !== undefined && typeof address !== "function") {
    fail("rateLimit: address", "a function", address);
  }
  if (address === undefined && options.subject === undefined) {
    fail("rateLimit: address", "given without subject: a web request has none", address);
  }
  const gate = createGate<Req, (request: Req, refusal: Refusal) => Res | Promise<Res>, S>(others, {
    address: (request) => address?.(request),
    header: ({ headers }, name) => headers.get(name) ?? undefined,
    // An address that a proxy told is among those that it forwards.
    trusts: (request) => {
      const told = request.headers.get("x-forwarded-for") ?? request.headers.get("forwarded");
      return told?.includes(address?.(request) ?? " ") ?? false;
    },
  });
  const { onRefused = (_request, refusal) => refusalResponse<Res>(refusal) } = gate;
  return <Q extends Req, R extends Res, Rest extends unknown[]>(
    handler: (request: Q, ...rest: Rest) => R | Promise<R>,
  ) =>
    async (request: Q, ...rest: Rest): Promise<R | Res> => {
      const exchange = exchangeOf(exchanges.get(request));
      const admitted = admitWeb(gate, request, exchange, request);
      const verdict = isPromise(admitted) ? await admitted : admitted;
      if (verdict === "skipped") return handler(request, ...rest);
      exchanges.set(request, exchange);
      if (verdict === "gone") throw request.signal.reason;
      if (verdict !== "pass") return onRefused(request, verdict);
      let response: R;
      try {
        response = await handler(request, ...rest);
      } catch (error) {
        leaveExchange(exchange, error);
        throw error;
      }
      // Nobody reads, or cancels, the body of an answer to HEAD.
      if (request.method === "HEAD") endExchange(exchange);
      return withHeaders(tapResponse(exchange, response), gate.headers(exchange));
    };
}

// By the request, as its kind cannot be extended in every runtime's types.
const exchanges = new WeakMap<object, RequestState>();

/** What `webRateLimit()` decided on `request`, and its lease; `undefined` before, and for a request that was skipped. */
export function rateLimitOf(request: object): RequestState | undefined {
  return exchanges.get(request);
}
