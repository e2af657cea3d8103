import { failOption } from "@sluice/core";

import type { Cause } from "../cause.ts";

/**
 * How much one call that came to this counts as failed. 0 is a call that shows the server at work; `"neutral"` says nothing of it, and is
 * not counted at all.
 */
export type Weight = number | "neutral";

/** A weight for each cause. */
export type Weights = Readonly<Record<Cause, Weight>>;

/**
 * `"measured"`: what says that the server is broken weighs 1, a server that says itself that it is busy half; one that limits the rate works.
 * `"classic"`: the weights that many know: time-out 2.0, rate limit 1.5, server error 2.5, other 0.5.
 */
export const presets: Readonly<Record<"measured" | "classic", Weights>> = Object.freeze({
  measured: {
    success: 0,
    "client-error": 0,
    "rate-limit": "neutral",
    quota: "neutral",
    overloaded: 0.5,
    "server-error": 1,
    timeout: 1,
    connection: 1,
    truncated: 1,
    aborted: "neutral",
  },
  classic: {
    success: 0,
    "client-error": 0,
    "rate-limit": 1.5,
    quota: 0.5,
    overloaded: 2.5,
    "server-error": 2.5,
    timeout: 2,
    connection: 0.5,
    truncated: 0.5,
    aborted: "neutral",
  },
});

/** The weights of a preset, or those of `"measured"` with some in their place. Throws `invalid-option`. */
export function weightsOf(given: "measured" | "classic" | Partial<Weights>): Weights {
  if (typeof given === "string") {
    const preset = Object.hasOwn(presets, given) ? presets[given] : undefined;
    return preset ?? failOption("breaker: weights", '"measured", "classic" or an object', given);
  }
  if (typeof given !== "object" || given === null) {
    failOption("breaker: weights", '"measured", "classic" or an object', given);
  }
  for (const [cause, weight] of Object.entries(given)) {
    if (!Object.hasOwn(presets.measured, cause)) {
      failOption("breaker: weights", `of ${Object.keys(presets.measured).join(", ")}`, cause);
    }
    const isWeight = weight === "neutral" || (Number.isFinite(weight) && weight >= 0);
    if (!isWeight) {
      failOption(`breaker: weights of "${cause}"`, 'a number from 0, or "neutral"', weight);
    }
    if ((cause === "success" || cause === "client-error") && weight !== 0) {
      failOption(`breaker: weights of "${cause}"`, "0: it shows the server at work", weight);
    }
  }
  return { ...presets.measured, ...given };
}
