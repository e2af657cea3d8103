import { slidingWindow } from "@sluice/core";
import { createLimiter, memoryStore } from "@sluice/core";
import { wait } from "@sluice/core/http";
import { describe, expect, it } from "vitest";

import { ask, open, pause, until } from "../ask.ts";
import { acme, charges, inflight, limited, serve } from "../fixture.ts";
import type { Framework } from "../framework.ts";

/** Requests that wait rather than being refused. */
export function waiting<Req>(framework: Framework<Req>): void {
  describe("waiting", () => {
    it("lets a request go on that waited for its turn", async () => {
      const short = slidingWindow({ name: "short", limit: 2, window: 300, per: ["tenant"] });
      const limiter = createLimiter({ limits: [short], store: memoryStore() });
      const { url } = await serve(framework, {
        layers: [{ limiter, ...charges(framework), onRefused: wait({ maxMs: "5s" }) }],
        routes: { "/": () => ({ body: "ok" }) },
      });
      const began = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 4 }, async () => ask(url, { headers: acme })),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(performance.now() - began).toBeGreaterThanOrEqual(295);
    });

    it("refuses at once what would have to wait too long, or is one too many", async () => {
      const app = await limited(framework, {
        limits: [inflight],
        options: { onRefused: wait({ maxMs: "1m", maxWaiting: 1 }) },
        routes: {
          "/slow": ({ rateLimit }) => ({
            body: (async function* () {
              yield Buffer.from("in");
              while (!rateLimit!.signal.aborted) await pause(5);
            })(),
          }),
        },
      });
      const places = await Promise.all(
        [1, 2].map(async () => open(`${app.url}/slow`, { headers: acme })),
      );
      const third = app.ask();
      await pause(50);
      expect((await app.ask()).status).toBe(429);
      for (const place of places) place.destroy();
      expect((await third).status).toBe(200);
      expect(app.used()).toEqual([0]);
      expect(app.store.size().leases).toBe(0);
    });

    it("drops a request whose client leaves while it waits, and charges it nothing", async () => {
      const one = slidingWindow({ name: "one", limit: 1, window: "1m", per: ["tenant"] });
      let handled = 0;
      const app = await limited(framework, {
        limits: [one],
        options: { onRefused: wait({ maxMs: "2m", maxWaiting: 1 }) },
        routes: {
          "/": () => {
            handled++;
            return { body: "ok" };
          },
        },
      });
      await app.ask();
      const waits = open(app.url, { headers: acme, signal: AbortSignal.timeout(100) });
      await expect(waits).rejects.toThrow("aborted");
      // Its place in the line is free again: the next one waits instead of being refused.
      const next = open(app.url, { headers: acme, signal: AbortSignal.timeout(200) });
      await expect(next).rejects.toThrow("abort");
      await until("nothing is held", () => app.store.size().leases === 0);
      expect([handled, app.used()]).toEqual([1, [1]]);
    });
  });
}
