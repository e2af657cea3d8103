import type { Context } from "hono";

import type { RateLimitInfo } from "./options.ts";

/** `RateLimit-Policy`, `-Limit`, `-Remaining` and, unless it is 0, `-Reset` of draft-ietf-httpapi-ratelimit-headers-06. */
export function setDraft6Headers(c: Context, info: RateLimitInfo, windowMs: number): void {
  c.header("RateLimit-Policy", `${info.limit};w=${Math.ceil(windowMs / 1000)}`);
  c.header("RateLimit-Limit", info.limit.toString());
  c.header("RateLimit-Remaining", info.remaining.toString());
  const reset = info.resetTime ? resetSeconds(info, windowMs) : 0;
  if (reset) c.header("RateLimit-Reset", reset.toString());
}

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-07. */
export function setDraft7Headers(c: Context, info: RateLimitInfo, windowMs: number): void {
  const { limit, remaining } = info;
  const reset = resetSeconds(info, windowMs);
  c.header("RateLimit-Policy", `${limit};w=${Math.ceil(windowMs / 1000)}`);
  c.header("RateLimit", `limit=${limit}, remaining=${remaining}, reset=${reset}`);
}

/** `Retry-After`: until the window ends. */
export function setRetryAfter(c: Context, info: RateLimitInfo, windowMs: number): void {
  c.header("Retry-After", resetSeconds(info, windowMs)?.toString());
}

/** In whole seconds, rounded up; the whole window where nobody knows, if there is one. */
function resetSeconds({ resetTime }: RateLimitInfo, windowMs: number): number | undefined {
  if (resetTime) return Math.max(0, Math.ceil((resetTime.getTime() - Date.now()) / 1000));
  return windowMs ? Math.ceil(windowMs / 1000) : undefined;
}
