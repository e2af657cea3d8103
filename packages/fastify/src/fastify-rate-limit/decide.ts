import type { FastifyRequest } from "fastify";

import type { Counted, Counter, Terms } from "./counter.ts";
import { normalizeIP } from "./normalize-ip.ts";
import type { Params } from "./params.ts";

/** What counts, and the options that it is asked by. */
export interface Limiter {
  readonly counter: Counter;
  readonly params: Params;
}

/** What became of a request: it is on the list of those that always pass, or it was counted. */
export type Verdict =
  | { isAllowed: true; key: string }
  | {
      isAllowed: false;
      key: string;
      max: number;
      timeWindow: number;
      remaining: number;
      ttl: number;
      ttlInSeconds: number;
      isExceeded: boolean;
      isBanned: boolean;
    };

/** How a request is counted: once by all that count it in one place, each time it is asked, or not at all. */
export type Manner = "once" | "each" | "look";

/** Counts a request. Rejects with what a callback or, without `skipOnError`, the store throws. */
export async function decide(
  { counter, params }: Limiter,
  request: FastifyRequest,
  manner: Manner,
): Promise<Verdict> {
  const key = await keyOf(params, request);
  if (await passes(params, request, key)) return { isAllowed: true, key };

  const { ban, skipOnError } = params;
  const max = typeof params.max === "number" ? params.max : await params.max(request, key);
  const timeWindow =
    typeof params.timeWindow === "number"
      ? params.timeWindow
      : checkedWindow(await params.timeWindow(request, key));
  const { continueExceeding, exponentialBackoff } = params;
  const terms = { max, timeWindow, continueExceeding, exponentialBackoff };
  if (manner === "look" && counter.read === undefined) {
    throw new Error(
      "The configured rate-limit store does not implement a `read` method, which is required to use `{ increment: false }`",
    );
  }
  let current = 0;
  let ttl = 0;
  try {
    ({ current, ttl } = await count(counter, key, terms, manner, request));
  } catch (error) {
    if (!skipOnError) throw error;
  }
  return {
    isAllowed: false,
    key,
    max,
    timeWindow,
    remaining: Math.max(0, max - current),
    ttl,
    ttlInSeconds: Math.ceil(ttl / 1_000),
    isExceeded: current > max,
    isBanned: ban !== -1 && current - max > ban,
  };
}

async function keyOf(params: Params, request: FastifyRequest): Promise<string> {
  const { keyGenerator, ipv6Subnet } = params;
  const key = keyGenerator ? await keyGenerator(request) : normalizeIP(request.ip, ipv6Subnet);
  const ofRoute = request.routeOptions.config?.rateLimit;
  const groupId = ofRoute ? groupOf(ofRoute) : undefined;
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- callbacks are typed to get a string, and get what was generated
  return (groupId ? `${String(key)}${groupId}` : key) as string;
}

function groupOf(options: object): string | undefined {
  return "groupId" in options && typeof options.groupId === "string" ? options.groupId : undefined;
}

async function passes({ allowList }: Params, request: FastifyRequest, key: string) {
  if (typeof allowList === "function") return allowList(request, key);
  return allowList?.includes(key);
}

/** What is no length of time would never end. */
function checkedWindow(timeWindow: number): number {
  if (Number.isFinite(timeWindow)) return timeWindow;
  throw new TypeError(`timeWindow must answer milliseconds, got ${String(timeWindow)}`);
}

async function count(
  counter: Counter,
  key: unknown,
  terms: Terms,
  manner: Manner,
  request: FastifyRequest,
): Promise<Counted> {
  if (manner === "look") return counter.read!(key, terms);
  return counter.count(key, terms, manner === "once" ? request : undefined);
}
