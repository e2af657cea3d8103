import { describe, expect, it } from "vitest";

import { acme, limited, rpm } from "../fixture.ts";
import type { Framework } from "../framework.ts";

/** What `Idempotency-Key` may do, and what it may not. */
export function ids<Req>(framework: Framework<Req>): void {
  describe("request ids", () => {
    const key = { "idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324" };

    it("charges a request once that comes again with its Idempotency-Key, but not for ever", async () => {
      const app = await limited(framework, { limits: [rpm] });
      const used = [];
      for (let asked = 0; asked < 5; asked++) {
        expect((await app.ask("/", { headers: { ...acme, ...key } })).status).toBe(200);
        used.push(app.used()[0]);
      }
      // Two retries are free, as clients make them; a key is no way past the limits.
      expect(used).toEqual([1, 1, 1, 2, 3]);
      expect((await app.ask("/", { headers: { ...acme, ...key } })).status).toBe(429);
    });

    it("keeps the keys of one subject apart from those of another", async () => {
      const app = await limited(framework, { limits: [rpm] });
      for (const tenant of ["one", "two"]) {
        await app.ask("/", { headers: { "x-tenant": tenant, ...key } });
        expect(app.used(tenant)).toEqual([1]);
      }
    });

    it("takes no notice of a key that is too long or empty", async () => {
      const app = await limited(framework, { limits: [rpm] });
      const statuses = [];
      for (const value of ["x".repeat(257), "x".repeat(257), "", ""]) {
        const headers = { ...acme, "idempotency-key": value };
        statuses.push((await app.ask("/", { headers })).status);
      }
      expect(statuses).toEqual([200, 200, 200, 429]);
    });

    it("takes the id that `id` chooses instead", async () => {
      const app = await limited(framework, {
        limits: [rpm],
        options: { id: (request) => framework.header(request, "x-request-id") },
      });
      for (const id of ["a", "a", "b"]) {
        await app.ask("/", { headers: { ...acme, "x-request-id": id } });
      }
      expect(app.used()).toEqual([2]);
      await app.ask("/", { headers: { ...acme, ...key } });
      expect(app.used()).toEqual([3]);
    });
  });
}
