import { checkOptions, type Duration, durationMs, failOption } from "@sluice/core";

import type { Share } from "./rule.ts";

/** How a limit is shared, as a caller says it. */
export interface ShareOptions {
  /** The most units that are taken at once: see `Share`. A positive integer. */
  readonly slice: number;
  /** How long a slice may be used, and is counted longer than the window: see `Share`. At least 10 ms. */
  readonly ttl: Duration;
}

const shortestMs = 10;

/** The shares of limits, by their names. Throws `invalid-option`, naming `option`. */
export function checkShares(
  given: Readonly<Record<string, ShareOptions>>,
  option: string,
): ReadonlyMap<string, Share> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    failOption(option, "an object with a slice and a ttl for each limit", given);
  }
  const shares = new Map<string, Share>();
  for (const [name, share] of Object.entries(given)) {
    const at = `${option}: ${name}`;
    checkOptions(at, share, ["slice", "ttl"]);
    const { slice, ttl } = share;
    if (!Number.isSafeInteger(slice) || slice < 1) {
      failOption(`${at}: slice`, "a positive integer", slice);
    }
    const ttlMs = durationMs(ttl, `${at}: ttl`);
    if (ttlMs < shortestMs) failOption(`${at}: ttl`, `at least ${shortestMs} ms`, ttl);
    shares.set(name, { slice, ttlMs });
  }
  return shares;
}
