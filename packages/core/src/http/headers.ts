import type { Decision, LimitState } from "../decision.ts";
import type { Terms } from "../store/store.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/**
 * The response headers of a decision, by name: `RateLimit-Policy` and `RateLimit`, one item for each limit, as in
 * draft-ietf-httpapi-ratelimit-headers-11, and `Retry-After` on a refusal that waiting helps.
 *
 * `r` is what may still be spent now, and `t` the seconds within which no more than that may be: until the oldest charge
 * leaves or a token bucket has one unit more, or the whole window when nothing is charged. A limit in flight has neither `w` nor `t`;
 * a calendar's period, whose length varies, and a window that is not of whole seconds, no `w`. That of a token bucket is the time
 * that fills it. Quota units other than `requests` and `concurrent-requests` are not registered.
 */
export function rateLimitHeaders(decision: Decision): Record<string, string> {
  const headers: Record<string, string> = {
    "RateLimit-Policy": decision.limits.map(policyItem).join(", "),
    RateLimit: decision.limits.map(quotaItem).join(", "),
  };
  if (!decision.allowed && decision.retryAfterMs !== undefined) {
    headers["Retry-After"] = String(retryAfterSeconds(decision.retryAfterMs));
  }
  return headers;
}

// A limit's name needs no escaping: it has no character that a quoted string would.
function policyItem({ limit, terms }: LimitState): string {
  let item = `"${limit.name}";q=${integer(terms.capacity)}`;
  const unit = limit.unit === "inflight" ? "concurrent-requests" : limit.unit;
  if (unit !== "requests") item += `;qu="${unit}"`;
  const windowMs = windowOf(terms);
  if (windowMs > 0 && windowMs % 1000 === 0) item += `;w=${windowMs / 1000}`;
  return item;
}

function quotaItem({ limit, terms, remaining, freesAfterMs }: LimitState): string {
  const item = `"${limit.name}";r=${integer(remaining)}`;
  if (terms.algorithm === "concurrency") return item;
  const longestMs = windowOf(terms) || freesAfterMs;
  if (longestMs === 0) return item;
  // A charge leaves with its slot, which may be a little after its own window.
  const effectiveMs = Math.min(freesAfterMs || longestMs, longestMs);
  return `${item};t=${integer(Math.ceil(effectiveMs / 1000))}`;
}

/** How long it takes for a full count to be empty; 0 where that is not always the same. */
function windowOf({ algorithm, windowMs, capacity, refill, everyMs }: Terms): number {
  return algorithm === "token-bucket" ? (capacity * everyMs) / refill : windowMs;
}

/** Integers of structured fields have at most 15 digits (RFC 9651 §3.3.1). */
function integer(value: number): number {
  return Math.min(value, 999_999_999_999_999);
}
