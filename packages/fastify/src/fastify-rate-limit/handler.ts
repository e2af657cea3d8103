import type { FastifyReply, FastifyRequest } from "fastify";

import { decide, type Limiter } from "./decide.ts";
import { inWords } from "./time-text.ts";

/** A hook that counts a request that is not in `seen`, and throws what `errorResponseBuilder` makes of one that is too many. */
export function handlerOf(
  limiter: Limiter,
  seen: WeakSet<FastifyRequest>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const { params } = limiter;
  const prefix = params.enableDraftSpec ? "ratelimit" : "x-ratelimit";
  return async (request, reply) => {
    if (seen.has(request)) return;
    seen.add(request);
    const verdict = await decide(limiter, request, "once");
    if (verdict.isAllowed) return;
    const { key, max, remaining, ttl, ttlInSeconds, isExceeded, isBanned } = verdict;
    const shown = isExceeded ? params.addHeaders : params.addHeadersOnExceeding;
    const header = (name: string, value: number): void => {
      if (shown[name]) reply.header(name, value);
    };
    if (isExceeded) params.onExceeded(request, key);
    header(`${prefix}-limit`, max);
    header(`${prefix}-remaining`, isExceeded ? 0 : remaining);
    header(`${prefix}-reset`, ttlInSeconds);
    if (!isExceeded) {
      params.onExceeding(request, key);
      return;
    }
    header("retry-after", ttlInSeconds);
    if (isBanned) params.onBanReach(request, key);
    const statusCode = isBanned ? 403 : 429;
    const after = inWords(ttlInSeconds * 1_000);
    // Whatever is built is Fastify's to answer with.
    throw params.errorResponseBuilder(request, { statusCode, ban: isBanned, max, ttl, after });
  };
}
