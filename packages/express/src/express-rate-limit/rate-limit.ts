import type { Hit } from "@sluice/core/http";
import type { NextFunction, Request, Response } from "express";

import { endingOf, settleAfterwards } from "./afterwards.ts";
import { type Settings, settingsOf } from "./config.ts";
import { countingOf, initialized } from "./counting.ts";
import {
  appendDraft8Headers,
  resetSeconds,
  setDraft6Headers,
  setDraft7Headers,
  setLegacyHeaders,
} from "./headers.ts";
import type {
  Options,
  RateLimitInfo,
  RateLimitOptions,
  RateLimitRequestHandler,
  Validations,
} from "./options.ts";

/**
 * Middleware with the options of express-rate-limit 8, on Sluice. What a callback or the store fails with goes to `next`. Throws a
 * `TypeError` for a store or a logger that is none, `invalid-option` for what is wrong in Sluice's own options.
 */
export function rateLimit(
  passedOptions?: Partial<Options> | RateLimitOptions,
): RateLimitRequestHandler {
  const given: RateLimitOptions = passedOptions ?? {};
  const { settings, validations } = settingsOf(given);
  const counting = countingOf(given, settings);
  const { store } = counting;
  const options: Options = { ...settings, store };
  validations.creationStack(store);
  validations.unsharedStore(store);
  // Of other stores nobody knows what they can do.
  if (!given.store) validations.windowMs(settings.windowMs);
  const counter = initialized(counting, options);
  const { skipFailedRequests, skipSuccessfulRequests, passOnStoreError, logger } = settings;
  const watches = skipFailedRequests || skipSuccessfulRequests;

  async function limit(request: Request, response: Response, next: NextFunction): Promise<void> {
    const ended = watches ? endingOf(response, settings) : undefined;
    if (await settings.skip(request, response)) return next();
    const key = await settings.keyGenerator(request, response);
    const known = counter.needsLimit ? await limitFor(request, response) : undefined;
    let hit: Hit;
    try {
      hit = await counter.hit(key, known);
    } catch (error) {
      if (!passOnStoreError) throw error;
      logger.error(error, "rateLimit: the store has failed, and the request passes uncounted");
      return next();
    }
    validations.positiveHits(hit.totalHits);
    validations.singleCount(request, store, key);
    const most = known ?? (await limitFor(request, response));
    validations.limit(most);
    const { isRefused, used, remaining } = hit.judge(most);
    const info: RateLimitInfo = { limit: most, used, remaining, resetTime: hit.resetTime, key };
    // What `used` was called once.
    Object.defineProperty(info, "current", { value: used });
    Object.assign(request, { [settings.requestPropertyName]: info });
    await setHeaders(request, response, info, settings, validations);
    if (ended !== undefined) void settleAfterwards(ended, hit, request, response, settings);
    if (!isRefused) return next();
    await setRetryAfter(request, response, info, settings);
    // oxlint-disable-next-line typescript/await-thenable -- one that promises is of the type as well
    await settings.handler(request, response, next, options);
  }

  async function limitFor(request: Request, response: Response): Promise<number> {
    return typeof settings.limit === "function"
      ? settings.limit(request, response)
      : settings.limit;
  }

  return Object.assign(
    async (request: Request, response: Response, next: NextFunction) =>
      limit(request, response, next).catch(next),
    {
      resetKey: store.resetKey.bind(store),
      getKey: store.get?.bind(store) ?? cannotTell,
    },
  );
}

async function setHeaders(
  request: Request,
  response: Response,
  info: RateLimitInfo,
  settings: Settings,
  validations: Validations,
): Promise<void> {
  const { standardHeaders, legacyHeaders, windowMs, identifier } = settings;
  if (response.headersSent) return;
  if (legacyHeaders) setLegacyHeaders(response, info);
  if (standardHeaders === "draft-6") setDraft6Headers(response, info, windowMs);
  else if (standardHeaders === "draft-7") {
    validations.headersResetTime(info.resetTime);
    setDraft7Headers(response, info, windowMs);
  } else if (standardHeaders === "draft-8") {
    const name =
      typeof identifier === "function" ? await identifier(request, response) : identifier;
    validations.headersResetTime(info.resetTime);
    if (!response.headersSent) appendDraft8Headers(response, info, windowMs, name);
  } else if (standardHeaders) validations.headersDraftVersion(standardHeaders);
}

async function setRetryAfter(
  request: Request,
  response: Response,
  info: RateLimitInfo,
  { legacyHeaders, standardHeaders, windowMs, retryAfter }: Settings,
): Promise<void> {
  if (!legacyHeaders && !standardHeaders) return;
  const given = typeof retryAfter === "function" ? await retryAfter(request, response) : retryAfter;
  if (response.headersSent) return;
  response.setHeader("Retry-After", (given ?? resetSeconds(info, windowMs)).toString());
}

function cannotTell(): never {
  throw new Error("rateLimit: the store has no get()");
}
