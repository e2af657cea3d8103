import { getEventListeners } from "node:events";

import {
  concurrency,
  type Limit,
  memoryStore,
  type MemoryStore,
  slidingWindow,
} from "@sluice/core";
import { rateLimitOf, type RequestState, webRateLimit } from "@sluice/core/http";
import { describe, expect, it, vi } from "vitest";

const rpm = slidingWindow({ name: "rpm", limit: 9, window: "1m", per: [] });
const inflight = concurrency({ name: "inflight", limit: 1, per: [] });
const url = "http://localhost/";

/** `webRateLimit` of a limit, over a store of its own. */
function setUp(limit: Limit): {
  readonly limited: ReturnType<typeof webRateLimit<Request, Response>>;
  readonly store: MemoryStore;
} {
  const store = memoryStore();
  const limited = webRateLimit<Request, Response>({ limits: [limit], store, subject: () => ({}) });
  return { limited, store };
}

describe("webRateLimit()", () => {
  it("hands on the very response, and listens to nobody, where its end changes nothing", async () => {
    const { limited } = setUp(rpm);
    const request = new Request(url);
    const own = new Response("hello");
    const response = await limited(() => {
      expect(getEventListeners(request.signal, "abort")).toEqual([]);
      return own;
    })(request);
    expect(response).toBe(own);
    expect(response.headers.get("ratelimit")).toMatch(/^"rpm";r=8;t=\d+$/);
    expect(getEventListeners(request.signal, "abort")).toEqual([]);
  });

  it("tells a handler that asks when the client leaves", async () => {
    const { limited } = setUp(rpm);
    const client = new AbortController();
    const request = new Request(url, { signal: client.signal });
    await limited(() => {
      const { signal } = rateLimitOf(request)!;
      expect(signal.aborted).toBe(false);
      client.abort();
      expect(signal.aborted).toBe(true);
      return new Response();
    })(request);
  });

  it.each([
    ["reads it to its end", async (response: Response) => response.text(), false],
    ["drops it", async (response: Response) => response.body?.cancel(), true],
  ])(
    "ends a lease that was asked for when whoever has the response %s",
    async (_, finish, isAborted) => {
      const { limited } = setUp(rpm);
      const request = new Request(url);
      let state: RequestState | undefined;
      const response = await limited(() => {
        state = rateLimitOf(request);
        // Asked for: from here on somebody may want to change what is charged.
        expect(state?.lease?.id).toBeTypeOf("string");
        return new Response("hello");
      })(request);
      await finish(response);
      expect(state?.signal.aborted).toBe(isAborted);
      expect(await state?.lease?.settle({ requests: 0 })).toMatchObject({ applied: false });
      expect(getEventListeners(request.signal, "abort")).toEqual([]);
    },
  );

  it("holds a place in flight until the response has been read", async () => {
    const { limited, store } = setUp(inflight);
    const handler = limited(() => new Response("hello"));
    const first = await handler(new Request(url));
    expect((await handler(new Request(url))).status).toBe(429);
    expect(await first.text()).toBe("hello");
    expect(store.size().leases).toBe(0);
    expect((await handler(new Request(url))).status).toBe(200);
  });

  it.each([rpm, inflight])(
    "charges nothing for a client that has left before: $name",
    async (limit) => {
      const { limited } = setUp(limit);
      const handle = vi.fn<() => Response>(() => new Response());
      const reason = new Error("left");
      const request = new Request(url, { signal: AbortSignal.abort(reason) });
      await expect(limited(handle)(request)).rejects.toBe(reason);
      expect(handle).not.toHaveBeenCalled();
      const next = await limited(handle)(new Request(url));
      expect(next.headers.get("ratelimit")).toContain(`r=${limit === rpm ? 8 : 0}`);
    },
  );
});
