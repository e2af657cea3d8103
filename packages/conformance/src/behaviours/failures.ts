import { type AsyncStore, createLimiter, memoryStore } from "@sluice/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { ask, latch, open, pause, until } from "../ask.ts";
import { acme, charges, inflight, limited, rpm, serve } from "../fixture.ts";
import type { Framework } from "../framework.ts";
import { later } from "../later.ts";

const lost = async (): Promise<never> =>
  Promise.reject(new Error("the store is lost, for the test"));

/** What happens when the store, or the app, is at fault. */
export function failures<Req>(framework: Framework<Req>): void {
  describe("failures", () => {
    it("answers 503 when the store has no room, without a word on when", async () => {
      const store = memoryStore({ maxKeys: 1, maxLeases: 1 });
      const limiter = createLimiter({ limits: [inflight], store });
      limiter.reserve({ tenant: "holds the only place" });
      const { url } = await serve(framework, {
        layers: [{ limiter, ...charges(framework) }],
        routes: { "/": () => ({ body: "ok" }) },
      });
      const refused = await ask(url, { headers: acme });
      expect([refused.status, refused.headers["retry-after"]]).toEqual([503, undefined]);
      expect(refused.headers["content-type"]).toEqual(["application/problem+json; charset=utf-8"]);
      expect(JSON.parse(refused.body)).toMatchObject({
        type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
        status: 503,
        retryable: true,
      });
    });

    it("fails a request whose store fails, and not the server", async () => {
      const unhandled = watchRejections();
      const memory = memoryStore();
      const broken: AsyncStore = { ...later(memory), reserve: lost };
      const { url } = await serve(framework, {
        layers: [
          { limits: [inflight], store: memory, ...charges(framework) },
          { limits: [rpm], store: broken, ...charges(framework) },
        ],
        routes: { "/": () => ({ body: "ok" }) },
      });
      for (let asked = 0; asked < 3; asked++) {
        expect((await ask(url, { headers: acme })).status).toBeGreaterThanOrEqual(500);
      }
      expect(memory.size().leases).toBe(0);
      expect(unhandled).not.toHaveBeenCalled();
    });

    it("survives a store that fails as responses end", async () => {
      const unhandled = watchRejections();
      const store: AsyncStore = { ...later(memoryStore()), settle: lost, extend: lost };
      const { url } = await serve(framework, {
        layers: [{ limits: [rpm], store, ...charges(framework) }],
        routes: { "/": () => ({ body: "ok" }) },
      });
      const statuses = [];
      for (let asked = 0; asked < 4; asked++) {
        statuses.push((await ask(url, { headers: acme })).status);
      }
      expect(statuses).toEqual([200, 200, 200, 429]);
      expect(unhandled).not.toHaveBeenCalled();
    });

    it("does not start work for a client that has left, and gives back what it reserved", async () => {
      const memory = memoryStore();
      const left = latch();
      let hasAsked = false;
      let hasReserved = false;
      let handled = 0;
      const store: AsyncStore = {
        ...later(memory),
        reserve: async (claims, lease) => {
          hasAsked = true;
          await left.promise;
          const outcome = memory.reserve(claims, lease);
          hasReserved = true;
          return outcome;
        },
      };
      const { url } = await serve(framework, {
        layers: [{ limits: [inflight, rpm], store, ...charges(framework) }],
        routes: {
          "/": () => {
            handled++;
            return { body: "too late" };
          },
        },
      });
      const leaving = new AbortController();
      const asked = open(url, { headers: acme, signal: leaving.signal });
      await until("the store is asked", () => hasAsked);
      leaving.abort();
      await expect(asked).rejects.toThrow("aborted");
      await pause(50);
      left.resolve();
      await until("it is given back", () => hasReserved && memory.size().leases === 0);
      const probe = createLimiter({ limits: [inflight, rpm], store: memory });
      const used = probe.peek({ tenant: "acme" }).limits.map((state) => state.used);
      expect([handled, used]).toEqual([0, [0, 0]]);
    });

    it("answers 500 when `subject` is at fault, not the request", async () => {
      const unhandled = watchRejections();
      const app = await limited(framework, { options: { subject: () => JSON.parse("}") } });
      expect((await app.ask()).status).toBe(500);
      // eslint-disable-next-line typescript/no-unsafe-type-assertion -- against the types, as plain JavaScript may
      const slow = await limited(framework, { options: { subject: lost as never } });
      expect((await slow.ask()).status).toBe(500);
      expect(unhandled).not.toHaveBeenCalled();
    });
  });
}

function watchRejections(): ReturnType<typeof vi.fn> {
  const unhandled = vi.fn<(reason: unknown) => void>();
  process.on("unhandledRejection", unhandled);
  onTestFinished(() => void process.off("unhandledRejection", unhandled));
  return unhandled;
}
