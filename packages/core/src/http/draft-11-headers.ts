import type { LimitState } from "../decision.ts";
import { type Form, integer, perTerms, windowOf, windowSeconds } from "./header-form.ts";

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11. */
export const draft11: Form = (into, states) => {
  const first = states[0]!;
  const parts = partsOf(first);
  let policy = parts.policy;
  let quota = quotaItem(parts, first);
  for (let index = 1; index < states.length; index++) {
    const state = states[index]!;
    const more = partsOf(state);
    policy += `, ${more.policy}`;
    quota += `, ${quotaItem(more, state)}`;
  }
  into["RateLimit-Policy"] = policy;
  into["RateLimit"] = quota;
};

interface Parts {
  readonly policy: string;
  readonly quota: string;
  readonly isInFlight: boolean;
  readonly windowMs: number;
}

// A limit's name needs no escaping: it has no character that a quoted string would.
const partsOf = perTerms<Parts>(({ limit, terms }) => {
  let policy = `"${limit.name}";q=${integer(terms.capacity)}`;
  const unit = limit.unit === "inflight" ? "concurrent-requests" : limit.unit;
  if (unit !== "requests") policy += `;qu="${unit}"`;
  const seconds = windowSeconds(terms);
  if (seconds !== undefined) policy += `;w=${seconds}`;
  return {
    policy,
    quota: `"${limit.name}";r=`,
    isInFlight: terms.algorithm === "concurrency",
    windowMs: windowOf(terms),
  };
});

function quotaItem(parts: Parts, { remaining, freesAfterMs }: LimitState): string {
  const item = parts.quota + integer(remaining);
  if (parts.isInFlight) return item;
  const longestMs = parts.windowMs || freesAfterMs;
  if (longestMs === 0) return item;
  // A charge leaves with its slot, which may be a little after its own window.
  const effectiveMs = Math.min(freesAfterMs || longestMs, longestMs);
  return `${item};t=${integer(Math.ceil(effectiveMs / 1000))}`;
}
