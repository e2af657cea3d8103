import { concurrency, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { ask, until } from "../ask.ts";
import { acme, charges, inflight, limited, rpm, serve, tpm } from "../fixture.ts";
import type { Framework } from "../framework.ts";

const many = concurrency({ name: "many", limit: 1_000, per: ["tenant"] });

/** Who is let through, who is refused, and what each is charged. */
export function decisions<Req>(framework: Framework<Req>): void {
  describe("decisions", () => {
    it("lets through what fits, and charges a refused request nothing (litellm#27001)", async () => {
      const app = await limited(framework);
      const statuses = [];
      for (let asked = 0; asked < 5; asked++) statuses.push((await app.ask()).status);
      expect(statuses).toEqual([200, 200, 200, 429, 429]);
      expect(app.used()).toEqual([3]);
      expect((await app.ask("/", { headers: { "x-tenant": "other" } })).status).toBe(200);
      expect(app.store.size().leases).toBe(0);
    });

    it("lets a client in that waits as long as Retry-After says", async () => {
      const app = await limited(framework, { limits: [tpm] });
      await app.ask("/", { headers: { ...acme, "x-tokens": "100" } });
      app.clock.advance(12_345);
      const refused = await app.ask();
      expect([refused.status, refused.headers["retry-after"]]).toEqual([429, ["48"]]);
      app.clock.advance(48_000);
      expect((await app.ask()).status).toBe(200);
    });

    it("says that what never fits is not worth a retry", async () => {
      const app = await limited(framework, { limits: [tpm] });
      const refused = await app.ask("/", { headers: { ...acme, "x-tokens": "101" } });
      expect([refused.status, refused.headers["retry-after"]]).toEqual([429, undefined]);
      expect(JSON.parse(refused.body)).toMatchObject({ retryable: false, limit: "tpm" });
      expect(app.used()).toEqual([0]);
    });

    it("admits exactly what fits of 1,000 requests at once", { timeout: 60_000 }, async () => {
      const hundred = slidingWindow({ name: "hundred", limit: 100, window: "1m", per: ["tenant"] });
      const app = await limited(framework, { limits: [hundred, many] });
      const statuses = await Promise.all(
        Array.from({ length: 1_000 }, async () => (await app.ask()).status),
      );
      expect(statuses.filter((status) => status === 200)).toHaveLength(100);
      expect(statuses.filter((status) => status === 429)).toHaveLength(900);
      expect(app.used()).toEqual([100, 0]);
      expect(app.store.size().leases).toBe(0);
    });

    it("answers 400 to a subject or a cost that cannot be used, and charges nothing", async () => {
      const app = await limited(framework, { limits: [tpm] });
      for (const headers of [
        {},
        { "x-tenant": "x".repeat(257) },
        { ...acme, "x-tokens": "-1" },
        { ...acme, "x-tokens": "1e99" },
        { ...acme, "x-tokens": "many" },
      ]) {
        expect((await app.ask("/", { headers })).status).toBe(400);
      }
      expect(app.used()).toEqual([0]);
    });

    it("settles at what the handler says, else at the estimate", async () => {
      const app = await limited(framework, {
        limits: [tpm],
        routes: {
          "/settles": ({ rateLimit }) => {
            void rateLimit?.settle({ tokens: 7 });
            return { body: "ok" };
          },
        },
      });
      await app.ask("/settles", { headers: { ...acme, "x-tokens": "90" } });
      expect(app.used()).toEqual([7]);
      await app.ask("/", { headers: { ...acme, "x-tokens": "20" } });
      expect(app.used()).toEqual([27]);
    });

    it("holds nothing where requests are counted, and gives one back all the same", async () => {
      const leases: number[] = [];
      const app = await limited(framework, {
        routes: {
          "/": () => {
            leases.push(app.store.size().leases);
            return { body: "ok" };
          },
          "/settles": ({ rateLimit }) => {
            void rateLimit?.settle({ requests: 0 });
            return { body: "ok" };
          },
          "/releases": ({ rateLimit }) => {
            void rateLimit?.lease?.release();
            return { body: "ok" };
          },
          "/reports": ({ rateLimit }) => {
            void rateLimit?.lease?.extend({ requests: 0 });
            return { body: "ok" };
          },
        },
      });
      await app.ask();
      for (const path of ["/settles", "/releases", "/reports", "/reports"]) await app.ask(path);
      await until("all has been given back", () => app.used()[0] === 1);
      expect([leases, app.used()]).toEqual([[0], [1]]);
      app.clock.advance(30_000);
      for (const path of ["/settles", "/", "/releases"]) await app.ask(path);
      expect(app.used()).toEqual([2]);
      app.clock.advance(30_000);
      expect([leases, app.used()]).toEqual([[0, 0], [1]]);
    });

    it("has the decision where the framework keeps such things", async () => {
      const app = await limited(framework, {
        limits: [rpm, inflight],
        routes: {
          "/state": ({ rateLimit }) => ({
            body: JSON.stringify([
              rateLimit?.decision.allowed,
              rateLimit?.decision.limits.map(({ limit, used }) => [limit.name, used]),
              typeof rateLimit?.lease?.id,
              rateLimit?.signal.aborted,
            ]),
          }),
        },
      });
      expect(JSON.parse((await app.ask("/state")).body)).toEqual([
        true,
        [
          ["rpm", 1],
          ["inflight", 1],
        ],
        "string",
        false,
      ]);
    });

    it("leaves alone what `skip` skips", async () => {
      const app = await limited(framework, {
        options: { skip: (request) => framework.header(request, "x-internal") === "yes" },
      });
      const headers = { ...acme, "x-internal": "yes" };
      for (let asked = 0; asked < 5; asked++) {
        const answer = await app.ask("/", { headers });
        expect([answer.status, answer.headers["ratelimit"]]).toEqual([200, undefined]);
      }
      expect(app.used()).toEqual([0]);
    });

    it("only watches in observe mode: headers and decisions, no refusal", async () => {
      const app = await limited(framework, { mode: "observe" });
      const answers = [];
      for (let asked = 0; asked < 5; asked++) answers.push(await app.ask());
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(answers.map(({ headers }) => headers["ratelimit"])).toEqual([
        ['"rpm";r=2;t=60'],
        ['"rpm";r=1;t=60'],
        ['"rpm";r=0;t=60'],
        ['"rpm";r=0;t=60'],
        ['"rpm";r=0;t=60'],
      ]);
      const unenforced = app.events.filter(
        (event) => event.kind === "decision" && event.decision.allowed && event.decision.unenforced,
      );
      expect(unenforced).toHaveLength(2);
      expect(app.used()).toEqual([3]);
    });

    it("may be told to observe by the layer itself", async () => {
      const { url } = await serve(framework, {
        layers: [{ limits: [rpm], observe: true, ...charges(framework) }],
        routes: { "/": () => ({ body: "ok" }) },
      });
      for (let asked = 0; asked < 5; asked++) {
        expect((await ask(url, { headers: acme })).status).toBe(200);
      }
    });

    it("limits each client address to 60 a minute without options", async () => {
      const served = await framework.serve({
        layers: [{}],
        routes: { "/": () => ({ body: "hi" }) },
      });
      try {
        const { status, headers } = await ask(served.url);
        expect([status, headers["ratelimit-policy"], headers["ratelimit"]]).toEqual([
          200,
          ['"default";q=60;w=60'],
          ['"default";r=59;t=60'],
        ]);
      } finally {
        await served.close();
      }
    });
  });
}
