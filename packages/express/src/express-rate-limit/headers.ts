import { createHash } from "node:crypto";

import type { Response } from "express";

import type { RateLimitInfo } from "./options.ts";

/** `X-RateLimit-Limit` and `-Remaining`, and with a `resetTime` `-Reset`, in seconds since 1970, and `Date`. */
export function setLegacyHeaders(response: Response, info: RateLimitInfo): void {
  response.setHeader("X-RateLimit-Limit", info.limit.toString());
  response.setHeader("X-RateLimit-Remaining", info.remaining.toString());
  if (!(info.resetTime instanceof Date)) return;
  // So that a client whose clock is wrong can tell how long that is.
  response.setHeader("Date", new Date().toUTCString());
  response.setHeader("X-RateLimit-Reset", Math.ceil(info.resetTime.getTime() / 1000).toString());
}

/** `RateLimit-Policy`, `-Limit`, `-Remaining` and `-Reset` of draft-ietf-httpapi-ratelimit-headers-06. */
export function setDraft6Headers(response: Response, info: RateLimitInfo, windowMs: number): void {
  const reset = resetSeconds(info, windowMs);
  response.setHeader("RateLimit-Policy", `${info.limit};w=${Math.ceil(windowMs / 1000)}`);
  response.setHeader("RateLimit-Limit", info.limit.toString());
  response.setHeader("RateLimit-Remaining", info.remaining.toString());
  response.setHeader("RateLimit-Reset", reset.toString());
}

/** `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-07. */
export function setDraft7Headers(response: Response, info: RateLimitInfo, windowMs: number): void {
  const reset = resetSeconds(info, windowMs);
  const { limit, remaining } = info;
  response.setHeader("RateLimit-Policy", `${limit};w=${Math.ceil(windowMs / 1000)}`);
  response.setHeader("RateLimit", `limit=${limit}, remaining=${remaining}, reset=${reset}`);
}

/** One more item in `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-08. */
export function appendDraft8Headers(
  response: Response,
  info: RateLimitInfo,
  windowMs: number,
  name: string,
): void {
  const seconds = Math.ceil(windowMs / 1000);
  const reset = resetSeconds(info, windowMs);
  const partition = partitionKey(info.key);
  response.append("RateLimit", `"${name}"; r=${info.remaining}; t=${reset}`);
  response.append(
    "RateLimit-Policy",
    `"${name}"; q=${info.limit}; w=${seconds}; pk=:${partition}:`,
  );
}

/** Until the window ends, in whole seconds, rounded up; the whole window where nobody knows. */
export function resetSeconds({ resetTime }: RateLimitInfo, windowMs: number): number {
  if (!resetTime) return Math.ceil(windowMs / 1000);
  return Math.max(0, Math.ceil((resetTime.getTime() - Date.now()) / 1000));
}

/** Tells clients apart without telling who they are: twelve hexadecimal digits of the key's hash, in base64. */
function partitionKey(key: string): string {
  const digest = createHash("sha256").update(key).digest("hex");
  return Buffer.from(digest.slice(0, 12)).toString("base64");
}
