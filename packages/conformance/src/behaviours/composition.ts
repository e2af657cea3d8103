import { type AsyncStore, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { ask } from "../ask.ts";
import { acme, charges, inflight, limited, rpm, serve, tpm } from "../fixture.ts";
import type { Framework } from "../framework.ts";
import { later } from "../later.ts";

const once = slidingWindow({ name: "once", limit: 1, window: "1m", per: ["tenant"] });

/** Several `rateLimit()` on one request act as one. */
export function composition<Req>(framework: Framework<Req>): void {
  describe("several on one request", () => {
    it("has the headers of every limiter that a request meets", async () => {
      const app = await limited(framework, {
        limits: [rpm],
        layers: (layer) => [
          layer,
          { limits: [inflight], store: memoryStore(), ...charges(framework) },
        ],
      });
      const { headers } = await app.ask();
      expect(headers["ratelimit-policy"]?.join(", ")).toBe(
        '"rpm";q=3;w=60, "inflight";q=2;qu="concurrent-requests"',
      );
      expect(headers["ratelimit"]?.join(", ")).toBe('"rpm";r=2;t=60, "inflight";r=1');
      expect(app.store.size().leases).toBe(0);
    });

    it("gives back what an outer limiter reserved when an inner one refuses", async () => {
      const app = await limited(framework, {
        limits: [tpm],
        layers: (layer) => [layer, { limits: [once], store: memoryStore(), ...charges(framework) }],
      });
      const statuses = [];
      for (let asked = 0; asked < 4; asked++) statuses.push((await app.ask()).status);
      expect(statuses).toEqual([200, 429, 429, 429]);
      expect(app.used()).toEqual([10]);
      expect(app.store.size().leases).toBe(0);
    });

    it("gives back what an outer limiter reserved when an inner one cannot decide", async () => {
      const app = await limited(framework, {
        limits: [rpm],
        layers: (layer) => [layer, { limits: [tpm], store: memoryStore(), ...charges(framework) }],
      });
      expect((await app.ask("/", { headers: { ...acme, "x-tokens": "-1" } })).status).toBe(400);
      expect(app.used()).toEqual([0]);
    });

    it("charges a request once that meets the same limiter twice", async () => {
      const app = await limited(framework, {
        limits: [rpm, tpm],
        layers: (layer) => [layer, layer, layer],
      });
      const { headers } = await app.ask();
      expect(app.used()).toEqual([1, 10]);
      expect(headers["ratelimit"]).toEqual(['"rpm";r=2;t=60, "tpm";r=90;t=60']);
      expect(app.store.size().leases).toBe(0);
    });

    it("reports to every limiter what a handler settles", async () => {
      const inner = createLimiter({ limits: [tpm], store: memoryStore() });
      const app = await limited(framework, {
        limits: [tpm],
        layers: (layer) => [layer, { limiter: inner, ...charges(framework) }],
        routes: {
          "/": ({ rateLimit }) => {
            void rateLimit?.lease?.extend({ tokens: 20 });
            void rateLimit?.settle({ tokens: 30 });
            return { body: "ok" };
          },
        },
      });
      await app.ask();
      expect(app.used()).toEqual([30]);
      expect(inner.peek({ tenant: "acme" }, { tokens: 0 }).limits[0]?.used).toBe(30);
    });

    it("may stand twenty times in one app", async () => {
      const warned = vi.fn<(warning: Error) => void>();
      process.on("warning", warned);
      onTestFinished(() => void process.off("warning", warned));
      const store = memoryStore();
      const layers = Array.from({ length: 20 }, (_, count) => ({
        limits: [slidingWindow({ name: `limit-${count}`, limit: 2, window: "1m", per: [] })],
        store,
      }));
      const { url } = await serve(framework, { layers, routes: { "/": () => ({ body: "ok" }) } });
      const statuses = [(await ask(url)).status, (await ask(url)).status, (await ask(url)).status];
      expect(statuses).toEqual([200, 200, 429]);
      expect(store.size().leases).toBe(0);
      expect(warned).not.toHaveBeenCalled();
    });

    it("waits for stores that promise, in turn", async () => {
      const [outer, inner] = [memoryStore(), memoryStore()];
      const store: AsyncStore = later(outer);
      const { url } = await serve(framework, {
        layers: [
          { limits: [rpm], store, ...charges(framework) },
          { limits: [once], store: later(inner), ...charges(framework) },
        ],
        routes: { "/": () => ({ body: "ok" }) },
      });
      const statuses = [];
      for (let asked = 0; asked < 3; asked++) {
        statuses.push((await ask(url, { headers: acme })).status);
      }
      expect(statuses).toEqual([200, 429, 429]);
      await expect
        .poll(() => outer.size().leases + inner.size().leases, { timeout: 10_000 })
        .toBe(0);
      const probe = createLimiter({ limits: [rpm], store: outer });
      expect(probe.peek({ tenant: "acme" }).limits[0]?.used).toBe(1);
    });
  });
}
