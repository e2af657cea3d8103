import { slidingWindow } from "@sluice/core";
import { describe, expect, it } from "vitest";

import { ask } from "../ask.ts";
import { serve } from "../fixture.ts";
import type { Framework } from "../framework.ts";

const limits = [slidingWindow({ name: "one", limit: 1, window: "1m", per: ["ip"] })];
const routes = { "/": () => ({ body: "ok" }) };

/** Whose address counts. */
export function addresses<Req>(framework: Framework<Req>): void {
  describe("client addresses", () => {
    it("believes no forwarded address that nobody set it to trust, and warns of it once", async () => {
      const lines: string[] = [];
      const { url } = await serve(framework, {
        layers: [{ limits, log: (line) => lines.push(line) }],
        routes,
      });
      const statuses = [];
      for (const ip of ["198.51.100.1", "198.51.100.2", "198.51.100.3"]) {
        statuses.push((await ask(url, { headers: { "x-forwarded-for": ip } })).status);
      }
      expect(statuses).toEqual([200, 429, 429]);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('"x-forwarded-for"');
    });

    if (!framework.trustsProxies) return;

    it("counts an IPv6 client by its /64 and a mapped IPv4 as IPv4, behind a trusted proxy", async () => {
      const { url } = await serve(framework, { layers: [{ limits }], routes, trustProxy: true });
      const statuses = [];
      for (const ip of [
        "2001:db8::1",
        "2001:db8::ffff:2",
        "2001:db8:0:1::1",
        "192.0.2.1",
        "::ffff:192.0.2.1",
      ]) {
        statuses.push((await ask(url, { headers: { "x-forwarded-for": ip } })).status);
      }
      expect(statuses).toEqual([200, 429, 200, 200, 429]);
    });

    it("counts by the subnet that `subnet` says", async () => {
      const { url } = await serve(framework, {
        layers: [{ limits, subnet: 48 }],
        routes,
        trustProxy: true,
      });
      const statuses = [];
      for (const ip of ["2001:db8::1", "2001:db8:0:1::1", "2001:db8:1::1"]) {
        statuses.push((await ask(url, { headers: { "x-forwarded-for": ip } })).status);
      }
      expect(statuses).toEqual([200, 429, 200]);
    });
  });
}
