import { concurrency, slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { acme, inflight, limited, rpm, tpm } from "../fixture.ts";
import type { Framework, Layer } from "../framework.ts";

const [limits, tokens] = [[rpm, tpm], { ...acme, "x-tokens": "30" }];

/** What an answer's headers say, byte by byte. */
export function headers<Req>(framework: Framework<Req>): void {
  describe("headers", () => {
    const ok: readonly (readonly [Layer<Req>["headers"], object])[] = [
      [
        undefined,
        {
          "ratelimit-policy": ['"rpm";q=3;w=60, "tpm";q=100;qu="tokens";w=60'],
          ratelimit: ['"rpm";r=2;t=60, "tpm";r=70;t=60'],
        },
      ],
      [
        "draft-8",
        {
          "ratelimit-policy": ['"rpm";q=3;w=60, "tpm";q=100;w=60'],
          ratelimit: ['"rpm";r=2;t=60, "tpm";r=70;t=60'],
        },
      ],
      [
        "draft-6",
        {
          "ratelimit-policy": ["3;w=60, 100;w=60"],
          "ratelimit-limit": ["3"],
          "ratelimit-remaining": ["2"],
          "ratelimit-reset": ["60"],
        },
      ],
      [
        "draft-7",
        { "ratelimit-policy": ["3;w=60, 100;w=60"], ratelimit: ["limit=3, remaining=2, reset=60"] },
      ],
      [
        "provider",
        {
          "x-ratelimit-limit-requests": ["3"],
          "x-ratelimit-remaining-requests": ["2"],
          "x-ratelimit-reset-requests": ["1m0s"],
          "x-ratelimit-limit-tokens": ["100"],
          "x-ratelimit-remaining-tokens": ["70"],
          "x-ratelimit-reset-tokens": ["1m0s"],
        },
      ],
      [
        "legacy",
        {
          "x-ratelimit-limit": ["3"],
          "x-ratelimit-remaining": ["2"],
          "x-ratelimit-reset": [expect.stringMatching(/^\d+$/)],
        },
      ],
      [false, {}],
    ];

    it.each(ok)("are those of %j, and no others", async (form, expected) => {
      const app = await limited(framework, {
        limits,
        options: form === undefined ? {} : { headers: form },
      });
      const answer = await app.ask("/", { headers: tokens });
      expect(answer.status).toBe(200);
      expect(rateHeaders(answer.headers)).toEqual(expected);
    });

    it("may be of several forms at a time", async () => {
      const app = await limited(framework, {
        limits,
        options: { headers: ["draft-11", "legacy", "provider"] },
      });
      const { headers: all } = await app.ask("/", { headers: tokens });
      expect(Object.keys(rateHeaders(all)).toSorted()).toEqual([
        "ratelimit",
        "ratelimit-policy",
        "x-ratelimit-limit",
        "x-ratelimit-limit-requests",
        "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset",
        "x-ratelimit-reset-requests",
        "x-ratelimit-reset-tokens",
      ]);
    });

    it("and the body of a refusal alone say what, whom and when", async () => {
      const app = await limited(framework, { limits });
      await app.ask();
      await app.ask("/", { headers: { ...acme, "x-tokens": "80" } });
      app.clock.advance(1_500);
      const refused = await app.ask("/", { headers: tokens });
      expect(refused.status).toBe(429);
      expect(rateHeaders(refused.headers)).toEqual({
        "ratelimit-policy": ['"rpm";q=3;w=60, "tpm";q=100;qu="tokens";w=60'],
        ratelimit: ['"rpm";r=1;t=59, "tpm";r=10;t=59'],
        "retry-after": ["59"],
      });
      expect(refused.headers["content-type"]).toEqual(["application/problem+json; charset=utf-8"]);
      expect(refused.headers["content-length"]).toEqual([String(Buffer.byteLength(refused.body))]);
      expect(JSON.parse(refused.body)).toEqual({
        type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
        title: "Request cannot be satisfied as assigned quota has been exceeded",
        status: 429,
        detail: '"tpm" allows 100 tokens: try again in 59 s',
        "violated-policies": ["tpm"],
        limit: "tpm",
        scope: ["tenant"],
        unit: "tokens",
        retryAfter: 59,
        retryable: true,
      });
    });

    it("stand on errors and 404s of the app as well", async () => {
      const app = await limited(framework, {
        limits: [inflight],
        routes: { "/fails": async () => Promise.reject(new Error("for the test")) },
      });
      const failed = await app.ask("/fails");
      expect([failed.status, failed.headers["ratelimit"]]).toEqual([500, ['"inflight";r=1']]);
      const missing = await app.ask("/missing");
      expect([missing.status, missing.headers["ratelimit"]]).toEqual([404, ['"inflight";r=1']]);
      expect(app.store.size().leases).toBe(0);
    });

    it("cannot be injected by what a client sends, or by a name", async () => {
      const app = await limited(framework, { limits: [rpm] });
      const answer = await app.ask("/", {
        headers: { "x-tenant": "a\\r\\nx-evil: 1", "idempotency-key": '"; r=9, "x' },
      });
      expect([answer.status, answer.headers["x-evil"]]).toEqual([200, undefined]);
      expect(answer.headers["ratelimit"]).toEqual(['"rpm";r=2;t=60']);
      for (const name of ['a"b', "a\r\nx-evil: 1", "a,b", "a;b"]) {
        expect(() => slidingWindow({ name, limit: 1, window: "1m", per: [] })).toThrow("name");
        expect(() => concurrency({ name, limit: 1, per: [] })).toThrow("name");
      }
    });
  });
}

/** Those that tell of limits. */
function rateHeaders(all: Readonly<Record<string, readonly string[]>>): object {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => /ratelimit|rate-limit|retry/.test(name)),
  );
}
