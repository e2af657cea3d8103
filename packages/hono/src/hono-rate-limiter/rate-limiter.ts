import type { Hit } from "@sluice/core/http";
import type { Context, Env, Input, MiddlewareHandler } from "hono";
import type { HandlerResponse } from "hono/types";

import { bindingLimiter } from "./binding-limiter.ts";
import { countingOf } from "./counting.ts";
import { setDraft6Headers, setDraft7Headers, setRetryAfter } from "./headers.ts";
import type { ConfigProps, HonoConfigProps, HonoConfigType, RateLimitInfo } from "./options.ts";
import { answerBy, answerRefused, tooMany } from "./refusal.ts";

/**
 * Middleware with the options of hono-rate-limiter 0.5, on Sluice. What a callback or the store fails with is thrown, to the app's
 * `onError`. Throws `invalid-option` for what is no store, or wrong in Sluice's own options.
 */
export function rateLimiter<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
  // oxlint-disable-next-line typescript/no-explicit-any -- as the contract has it
  R extends HandlerResponse<any> = Response,
>(config: ConfigProps<E, P, I>): MiddlewareHandler<E, P, I, R> {
  const middleware = hasBinding(config) ? bindingLimiter(config) : countingLimiter(config);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a handler answers with is the caller's to say
  return middleware as MiddlewareHandler<E, P, I, R>;
}

function hasBinding<E extends Env, P extends string, I extends Input>(
  config: ConfigProps<E, P, I>,
): config is Exclude<ConfigProps<E, P, I>, HonoConfigProps<E, P, I>> {
  return config.binding !== undefined;
}

function countingLimiter<E extends Env, P extends string, I extends Input>(
  config: HonoConfigProps<E, P, I>,
): MiddlewareHandler<E, P, I> {
  // Not by `??`: what is null is given.
  const {
    windowMs = 60_000,
    limit = 5,
    message = tooMany,
    statusCode = 429,
    standardHeaders = "draft-6",
    requestPropertyName = "rateLimit",
    requestStorePropertyName = "rateLimitStore",
    skipFailedRequests = false,
    skipSuccessfulRequests = false,
    keyGenerator,
    skip = () => false,
    requestWasSuccessful = (c) => c.res.status < 400,
    handler = answerRefused<E, P, I>,
  } = config;
  const holds = skipFailedRequests || skipSuccessfulRequests;
  const { counter, store } = countingOf(config, { windowMs, holds });
  const options: HonoConfigType<E, P, I> = {
    windowMs,
    limit,
    message,
    statusCode,
    standardHeaders,
    requestPropertyName,
    requestStorePropertyName,
    skipFailedRequests,
    skipSuccessfulRequests,
    keyGenerator,
    skip,
    requestWasSuccessful,
    handler,
    store,
  };
  store.init?.(options);
  const ofStore = { getKey: store.get?.bind(store), resetKey: store.resetKey.bind(store) };
  const limitFor = async (c: Context<E, P, I>): Promise<number> =>
    typeof limit === "function" ? limit(c) : limit;

  /** Lets a hit count, or not, by how the request turned out. */
  async function settle(c: Context<E, P, I>, hit: Hit): Promise<void> {
    if (!holds) return;
    const succeeded = await requestWasSuccessful(c);
    const isWaived = succeeded ? skipSuccessfulRequests : skipFailedRequests;
    await (isWaived ? hit.giveBack() : hit.keep());
  }

  return async (c, next) => {
    if (await skip(c)) return next();
    const key = await keyGenerator(c);
    const known = counter.needsLimit ? await limitFor(c) : undefined;
    const hit = await counter.hit(key, known);
    const most = known ?? (await limitFor(c));
    const { isRefused, used, remaining } = hit.judge(most);
    const info: RateLimitInfo = { limit: most, used, remaining, resetTime: hit.resetTime };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which names there are is up to the options
    const context = c as Context;
    context.set(requestPropertyName, info);
    context.set(requestStorePropertyName, ofStore);
    if (standardHeaders && !c.finalized) {
      if (standardHeaders === "draft-7") setDraft7Headers(context, info, windowMs);
      else setDraft6Headers(context, info, windowMs);
      if (isRefused) setRetryAfter(context, info, windowMs);
    }
    if (isRefused) {
      // Judged before there is an answer, when the status is still 200.
      await settle(c, hit);
      return answerBy(handler(c, next, options));
    }
    try {
      await next();
      await settle(c, hit);
    } catch (error) {
      await (skipFailedRequests ? hit.giveBack() : hit.keep());
      throw error;
    }
  };
}
