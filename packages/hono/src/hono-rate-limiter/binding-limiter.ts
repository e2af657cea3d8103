import type { Env, Input, MiddlewareHandler } from "hono";

import type { CloudflareConfigProps } from "./options.ts";
import { answerBy, answerRefused, tooMany } from "./refusal.ts";

/** Middleware that has a Cloudflare rate limit decide. */
export function bindingLimiter<E extends Env, P extends string, I extends Input>(
  config: CloudflareConfigProps<E, P, I>,
): MiddlewareHandler<E, P, I> {
  const { binding: given, keyGenerator, skip = () => false } = config;
  const { message = tooMany, statusCode = 429, handler = answerRefused<E, P, I> } = config;
  return async (c, next) => {
    const binding = typeof given === "function" ? given(c) : given;
    if (await skip(c)) return next();
    const key = await keyGenerator(c);
    const { success } = await binding.limit({ key });
    if (success) return next();
    const options = { message, statusCode, binding, keyGenerator, skip, handler };
    return answerBy(handler(c, next, options));
  };
}
