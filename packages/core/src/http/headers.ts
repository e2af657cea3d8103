import type { Decision, LimitState } from "../decision.ts";
import type { Limit } from "../limit.ts";
import { retryAfterSeconds } from "./retry-after.ts";

/**
 * The response headers of a decision, by name: `RateLimit-Policy` and `RateLimit`, one item for each limit, as in
 * draft-ietf-httpapi-ratelimit-headers-11, and `Retry-After` on a refusal that waiting helps.
 *
 * `r` is what may still be spent now, and `t` the seconds within which no more than that may be: until the oldest charge
 * leaves, or the whole window when nothing is charged. A limit in flight has neither `w` nor `t`, and a window that is not of
 * whole seconds no `w`. Quota units other than `requests` and `concurrent-requests` are not registered.
 */
export function rateLimitHeaders(decision: Decision): Record<string, string> {
  const headers: Record<string, string> = {
    "RateLimit-Policy": decision.limits.map(({ limit }) => policyItem(limit)).join(", "),
    RateLimit: decision.limits.map(quotaItem).join(", "),
  };
  if (!decision.allowed && decision.retryAfterMs !== undefined) {
    headers["Retry-After"] = String(retryAfterSeconds(decision.retryAfterMs));
  }
  return headers;
}

// A limit's name needs no escaping: it has no character that a quoted string would.
function policyItem(limit: Limit): string {
  let item = `"${limit.name}";q=${integer(limit.capacity)}`;
  const unit = limit.unit === "inflight" ? "concurrent-requests" : limit.unit;
  if (unit !== "requests") item += `;qu="${unit}"`;
  if (limit.algorithm === "sliding-window" && limit.windowMs % 1000 === 0) {
    item += `;w=${limit.windowMs / 1000}`;
  }
  return item;
}

function quotaItem({ limit, remaining, freesAfterMs }: LimitState): string {
  const item = `"${limit.name}";r=${integer(remaining)}`;
  if (limit.algorithm !== "sliding-window") return item;
  // A charge leaves with its slot, which may be a little after its own window.
  const effectiveMs = Math.min(freesAfterMs || limit.windowMs, limit.windowMs);
  return `${item};t=${Math.ceil(effectiveMs / 1000)}`;
}

/** Integers of structured fields have at most 15 digits (RFC 9651 §3.3.1). */
function integer(value: number): number {
  return Math.min(value, 999_999_999_999_999);
}
