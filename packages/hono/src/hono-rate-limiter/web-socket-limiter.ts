import type { Context, Env, Input } from "hono";
import type { WSContext, WSEvents } from "hono/ws";

import { countingOf } from "./counting.ts";
import type { HonoConfigType, RateLimitInfo, WSConfigProps, WSConfigType } from "./options.ts";
import { tooMany } from "./refusal.ts";

/**
 * Limits the messages of WebSockets: what `upgradeWebSocket` is given goes through it. A message that succeeds is one whose
 * `onMessage` does not throw. Throws `invalid-option` for what is no store, or wrong in Sluice's own options.
 */
export function webSocketLimiter<
  E extends Env = Env,
  P extends string = string,
  I extends Input = Input,
>(
  config: WSConfigProps<E, P, I>,
): (
  createEvents: (c: Context<E, P, I>) => WSEvents | Promise<WSEvents>,
) => (c: Context<E, P, I>) => Promise<WSEvents> {
  const {
    windowMs = 60_000,
    limit = 5,
    message = tooMany,
    statusCode = 1008,
    requestPropertyName = "rateLimit",
    requestStorePropertyName = "rateLimitStore",
    skipFailedRequests = false,
    skipSuccessfulRequests = false,
    keyGenerator,
    skip = () => false,
    handler = closeRefused<E, P, I>,
  } = config;
  const holds = skipFailedRequests || skipSuccessfulRequests;
  const { counter, store } = countingOf(config, { windowMs, holds });
  const options: WSConfigType<E, P, I> = {
    windowMs,
    limit,
    message,
    statusCode,
    requestPropertyName,
    requestStorePropertyName,
    skipFailedRequests,
    skipSuccessfulRequests,
    keyGenerator,
    skip,
    handler,
    store,
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what stores look at is in both
  store.init?.(options as unknown as HonoConfigType<E, P, I>);
  const ofStore = { getKey: store.get?.bind(store), resetKey: store.resetKey.bind(store) };
  const limitFor = async (c: Context<E, P, I>): Promise<number> =>
    typeof limit === "function" ? limit(c) : limit;

  return (createEvents) => async (c) => {
    const events = await createEvents(c);
    return {
      ...events,
      async onMessage(event, ws) {
        const pass = async (): Promise<void> => events.onMessage?.(event, ws);
        if (await skip(event, ws)) return pass();
        const key = await keyGenerator(c);
        const known = counter.needsLimit ? await limitFor(c) : undefined;
        const hit = await counter.hit(key, known);
        const most = known ?? (await limitFor(c));
        const { isRefused, used, remaining } = hit.judge(most);
        const info: RateLimitInfo = { limit: most, used, remaining, resetTime: hit.resetTime };
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- which names there are is up to the options
        const context = c as Context;
        context.set(requestPropertyName, info);
        context.set(requestStorePropertyName, ofStore);
        if (isRefused) return handler(event, ws, options);
        try {
          await pass();
        } catch (error) {
          await (skipFailedRequests ? hit.giveBack() : hit.keep());
          throw error;
        }
        await (skipSuccessfulRequests ? hit.giveBack() : hit.keep());
      },
      async onError(event, ws) {
        events.onError?.(event, ws);
      },
    };
  };
}

function closeRefused<E extends Env, P extends string, I extends Input>(
  _event: unknown,
  ws: WSContext,
  { statusCode, message }: WSConfigType<E, P, I>,
): void {
  ws.close(statusCode, message);
}
