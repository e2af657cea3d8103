import { createHash } from "node:crypto";

import {
  createLimiter,
  type Decision,
  failOption,
  type Limiter,
  slidingWindow,
  SluiceError,
  type Store,
} from "@sluice/core";

import { type Counted, type Counter, oncePerRequest, type Terms } from "./counter.ts";
import type { Params } from "./params.ts";

const mostLimiters = 1_000;

/**
 * An exact sliding window in a store of Sluice: a refusal is not counted, so a key that is refused stands at one beyond the limit. What is
 * counted does not depend on `max` and `timeWindow`, which may be others for each request. Throws `invalid-option`.
 */
export function slidingCounter(store: Store, name: string, params: Params): Counter {
  const { max, timeWindow } = params;
  checkSliding(params);
  const limiters = new Map<string, Limiter<Store>>();

  function limiterOf({ max: limit, timeWindow: window }: Terms): Limiter<Store> {
    const numbers = `${limit} ${window}`;
    let limiter = limiters.get(numbers);
    if (limiter === undefined) {
      const per = ["counter", "key"];
      const limits = [slidingWindow({ name: "rate-limit", limit, window: Math.ceil(window), per })];
      limiter = createLimiter({ store, limits });
      if (limiters.size === mostLimiters) limiters.clear();
      limiters.set(numbers, limiter);
    }
    return limiter;
  }

  if (typeof max === "number" && typeof timeWindow === "number")
    limiterOf({ ...params, max, timeWindow });
  const counter = dimension(name);
  return {
    count(key, terms, request) {
      const subject = { counter, key: dimension(String(key)) };
      return oncePerRequest(store, request, `${name} ${String(key)}`, async () =>
        counted(await limiterOf(terms).check(subject), terms),
      );
    },
    async read(key, terms) {
      const subject = { counter, key: dimension(String(key)) };
      return counted(await limiterOf(terms).peek(subject), terms);
    },
    child: (branch) => slidingCounter(store, `${name}${branch.name}-`, branch.params),
  };
}

/** A refusal is for as long as it lasts; an allowed request counts until the oldest has left the window. */
function counted(decision: Decision, { max, timeWindow }: Terms): Counted {
  const [state] = decision.limits;
  if (decision.allowed) return { current: state!.used, ttl: state!.freesAfterMs };
  if (decision.reason === "store-unavailable") {
    throw Object.assign(new SluiceError("store-failed", "the store could not decide"), {
      statusCode: 503,
    });
  }
  return { current: max + 1, ttl: decision.retryAfterMs ?? timeWindow };
}

/** A text as the value of a dimension, which is neither empty nor long. */
function dimension(text: string): string {
  if (text.length > 0 && text.length <= 200) return text;
  return createHash("sha256").update(text).digest("base64url");
}

/** Throws `invalid-option` where a sliding window cannot do what `params` ask for. */
function checkSliding({ ban, continueExceeding, exponentialBackoff }: Params): void {
  const expected = "left out of a sliding window, which does not count refusals";
  if (ban > 0) failOption("ban", `0 or ${expected}`, ban);
  if (continueExceeding) failOption("continueExceeding", expected, continueExceeding);
  if (exponentialBackoff) failOption("exponentialBackoff", expected, exponentialBackoff);
}
