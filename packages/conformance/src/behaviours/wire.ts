import { Agent } from "node:http";
import { connect } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { ask, exchange, latch } from "../ask.ts";
import { acme, inflight, limited, pieces } from "../fixture.ts";
import type { Framework } from "../framework.ts";

const raw = (method: string, version = "1.1", more = ""): string =>
  `${method} / HTTP/${version}\r\nHost: localhost\r\nX-Tenant: acme\r\n${more}\r\n`;

/** How HTTP itself is spoken: connections kept, filled ahead, old, and methods without a body. */
export function wire<Req>(framework: Framework<Req>): void {
  describe("the wire", () => {
    it("keeps a connection over answers and refusals", async () => {
      const app = await limited(framework);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const statuses = [];
      for (let asked = 0; asked < 20; asked++) {
        statuses.push((await ask(app.url, { headers: acme, agent })).status);
      }
      expect(statuses).toEqual([200, 200, 200, ...Array.from({ length: 17 }, () => 429)]);
      expect(Object.values(agent.freeSockets)[0]).toHaveLength(1);
      expect(app.store.size().leases).toBe(0);
    });

    it("answers pipelined requests in order", async () => {
      const app = await limited(framework);
      const last = raw("GET", "1.1", "Connection: close\r\n");
      const text = await exchange(app.url, raw("GET").repeat(3) + last);
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      expect(statuses).toEqual(["200", "200", "200", "429"]);
      const left = [...text.matchAll(/ratelimit: "rpm";r=(\d)/gi)].map(([, value]) => value);
      expect(left).toEqual(["2", "1", "0", "0"]);
      expect(app.store.size().leases).toBe(0);
    });

    it("gives back the places of pipelined requests whose client has left", async () => {
      const stuck = latch();
      onTestFinished(() => stuck.resolve());
      const app = await limited(framework, {
        limits: [inflight],
        routes: {
          "/": async () => {
            await stuck.promise;
            return { body: "late" };
          },
        },
      });
      await leaving(app.url, raw("GET") + raw("GET"), () => app.used()[0]! > 0);
      await expect.poll(() => app.used(), { timeout: 10_000 }).toEqual([0]);
      expect(app.store.size().leases).toBe(0);
    });

    it("speaks HTTP/1.0", async () => {
      const app = await limited(framework, {
        routes: { "/": () => ({ body: pieces("one ", "two") }) },
      });
      const text = await exchange(app.url, raw("GET", "1.0"));
      expect(text).toMatch(/^HTTP\/1\.[01] 200 /);
      expect(text).toMatch(/\r\nratelimit: "rpm";r=2;t=60\r\n/i);
      expect(text).toMatch(/\r\n\r\none two$/);
      for (let asked = 0; asked < 2; asked++) await exchange(app.url, raw("GET", "1.0"));
      expect(await exchange(app.url, raw("GET", "1.0"))).toMatch(/^HTTP\/1\.[01] 429 /);
      expect(app.store.size().leases).toBe(0);
    });

    it("counts OPTIONS and what it has no route for like everything else", async () => {
      const app = await limited(framework);
      const statuses = [];
      for (const [method, path] of [
        ["OPTIONS", "/"],
        ["GET", "/nowhere"],
        ["DELETE", "/nowhere"],
        ["OPTIONS", "/"],
      ] as const) {
        statuses.push((await app.ask(path, { method, headers: acme })).status);
      }
      expect(statuses).toEqual([200, 404, 404, 429]);
      expect(app.store.size().leases).toBe(0);
    });

    it("answers HEAD as GET, without a body, also when it refuses", async () => {
      const app = await limited(framework);
      const first = await ask(app.url, { method: "HEAD", headers: acme });
      expect([first.status, first.body, first.headers["ratelimit"]]).toEqual([
        200,
        "",
        ['"rpm";r=2;t=60'],
      ]);
      await app.ask();
      await app.ask();
      const text = await exchange(app.url, raw("HEAD", "1.1", "Connection: close\r\n"));
      expect(text).toMatch(/^HTTP\/1\.1 429 /);
      expect(text).toMatch(/\r\ncontent-type: application\/problem\+json/i);
      expect(text).toMatch(/\r\nretry-after: 60\r\n/i);
      expect(text.endsWith("\r\n\r\n")).toBe(true);
      expect(app.store.size().leases).toBe(0);
    });
  });
}

/** Sends `bytes`, waits until `isIn`, and goes away. */
async function leaving(url: string, bytes: string, isIn: () => boolean): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(bytes);
  await expect.poll(isIn, { timeout: 10_000 }).toBe(true);
  socket.destroy();
}
