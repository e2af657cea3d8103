import type { Store } from "@sluice/core";
import * as http from "@sluice/core/http";
import type { Context, Env, MiddlewareHandler } from "hono";

import { addressOf, type GetConnInfo, headerOf } from "./connection.ts";
import { exitOf, failed, nobody } from "./exit.ts";

/** Answers a refused request in Hono's way. */
export type Answer<E extends Env = Env> = (
  c: Context<E>,
  refusal: http.Refusal,
) => Response | Promise<Response>;

/** Options of `rateLimit()`; all have a default. */
export interface RateLimitOptions<E extends Env = Env> extends http.RateLimitOptions<
  Context<E>,
  Store,
  Answer<E>
> {
  /** `getConnInfo` of the runtime's adapter, or a function like it. Default: the connection's own address on Node, Bun and Deno. */
  readonly connInfo?: GetConnInfo<Context<E>> | undefined;
}

/** What `c.get("rateLimit")` is. */
export type RequestState = http.RequestState;

declare module "hono" {
  interface ContextVariableMap {
    /** What `rateLimit()` decided, and the lease of an allowed request. */
    rateLimit: RequestState | undefined;
  }
}

/**
 * Middleware for Hono 4 that lets a request pass, or answers 429 (503 when the store cannot decide) with
 * `application/problem+json`; both with `RateLimit` headers. Without options: 60 requests a minute for each client address, in
 * memory; Hono trusts no proxy, and neither does this. The decision and the lease are `c.get("rateLimit")`. The handler may extend and
 * settle the lease, or a `meter` does; when the response ends or is aborted it is settled in any case. Several on one request act as
 * one. Throws `invalid-option`; a subject or a cost that cannot be used is an `HTTPException` of status 400.
 */
// eslint-disable-next-line typescript/no-explicit-any -- as Hono's own middleware: for any app
export function rateLimit<E extends Env = any>(
  options: RateLimitOptions<E> = {},
): MiddlewareHandler<E> {
  const { connInfo, ...common } = options;
  const gate = http.createGate<Context<E>, Answer<E>, Store>(common, {
    address: (c) => (connInfo === undefined ? addressOf(c) : connInfo(c).remote.address),
    header: headerOf,
    trusts: () => connInfo !== undefined,
  });
  const { onRefused = (_c, refusal) => http.refusalResponse<Response>(refusal) } = gate;
  // Not async itself: where it is decided at once nobody has to wait for more than the handler.
  return (c, next) => {
    const exchange = http.exchangeOf(c.get("rateLimit"));
    const exit = exitOf(c);
    const carryOut = (verdict: http.Verdict): Promise<Response | void> => {
      if (verdict === "skipped") return next();
      if (verdict === "gone" || exit.isGone(c)) return nobody(exchange);
      c.set("rateLimit", exchange);
      if (verdict === "pass") return exit.pass(c, next, exchange, gate.headers);
      return (async () => onRefused(c, verdict))();
    };
    try {
      const verdict = gate.admit(c, exchange);
      if (!(verdict instanceof Promise)) return carryOut(verdict);
      exit.watch(c, exchange);
      return verdict.then(carryOut, failed);
    } catch (error) {
      return failed(error);
    }
  };
}
