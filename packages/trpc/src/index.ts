import type { Store } from "@sluice/core";
import * as http from "@sluice/core/http";
import type { TRPCMiddlewareFunction, TRPCProcedureType } from "@trpc/server";

import { errorOf, invalid, left } from "./error.ts";
import { addressOf, type ResponseHeaders, setHeaders } from "./headers.ts";
import { metered } from "./metered.ts";

export type { ResponseHeaders } from "./headers.ts";
export { formatRefusal, type RefusalShape, refusalOf } from "./error.ts";

/** A call of a procedure: what `subject`, `cost` and the other functions of the options are given. */
export interface Call<Ctx> {
  readonly ctx: Ctx;
  readonly path: string;
  readonly type: TRPCProcedureType;
  /** As validated, where the middleware stands after `.input()`; else `undefined`. */
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
}

/** Makes the error that a refused call fails with. */
export type Answer<Ctx> = (call: Call<Ctx>, refusal: http.Refusal) => Error;

/** Options of `rateLimit()`; all have a default. */
export interface RateLimitOptions<Ctx> extends http.RateLimitOptions<
  Call<Ctx>,
  Store,
  Answer<Ctx>
> {
  /** The client's address, for the default subject. Default: `ctx.ip`. */
  readonly address?: ((call: Call<Ctx>) => string | undefined) | undefined;
  /** What has the response's headers: `({ ctx }) => ctx.res` of node, or `ctx.resHeaders`. Default: no headers. */
  readonly response?: ((call: Call<Ctx>) => ResponseHeaders | undefined) | undefined;
}

/** What `ctx.rateLimit` is. */
export type RequestState = http.RequestState;

/**
 * Middleware for tRPC 11 that lets a call pass, or fails it with a `TRPCError` of code `TOO_MANY_REQUESTS` (`SERVICE_UNAVAILABLE` when
 * the store cannot decide) that has the refusal as data: `refusalOf(error)`. Every call of a batch is one request. The decision and the
 * lease are on `ctx.rateLimit`; the lease is settled when the call has answered, and that of a subscription or a stream with its last value,
 * or when nobody wants any more. A `meter` reads the values themselves, as the provider sent them. Several on one call act as one. Throws
 * `invalid-option`; a call whose subject or cost cannot be used fails as `BAD_REQUEST`.
 */
// eslint-disable-next-line typescript/no-explicit-any -- of any context, where none is named
export function rateLimit<Ctx extends object = any>(
  options: RateLimitOptions<Ctx> = {},
): TRPCMiddlewareFunction<Ctx, unknown, object, { rateLimit: RequestState | undefined }, unknown> {
  const { address = addressOf, response, ...common } = options;
  const gate = http.createGate<Call<Ctx>, Answer<Ctx>, Store>(common, {
    address,
    // A batch has headers, and a call has none.
    header: () => undefined,
  });
  const { onRefused = (_call, refusal) => errorOf(refusal) } = gate;
  return async ({ ctx, path, type, input, signal, next }) => {
    const context: object | undefined = ctx;
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- it is, said in tRPC's way
    const call = { ctx: context as Ctx, path, type, input, signal };
    const before: unknown = Reflect.get(context ?? {}, "rateLimit");
    const exchange = http.exchangeOf(before);
    const isFirst = exchange !== before;
    const verdict = await invalid(async () => http.admitWeb(gate, call, exchange, call));
    if (verdict === "skipped") return next({ ctx: { rateLimit: isFirst ? undefined : exchange } });
    if (verdict === "gone") throw left();
    const isRefused = verdict !== "pass";
    setHeaders(response?.(call), isRefused ? verdict.headers : gate.headers(exchange));
    if (isRefused) throw onRefused(call, verdict);
    const result = await next({ ctx: { rateLimit: exchange } });
    return isFirst ? metered(exchange, type, result) : result;
  };
}
