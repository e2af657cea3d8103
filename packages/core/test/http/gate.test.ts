import { concurrency, createLimiter, memoryStore, slidingWindow } from "@sluice/core";
import {
  endExchange,
  type Exchange,
  leaveExchange,
  openExchange,
  releaseExchange,
  stopExchange,
} from "@sluice/core/http";
import { describe, expect, it } from "vitest";

import { allDone, failing } from "../failing.ts";
import { admit, byTenant, setUp } from "./setting.ts";

const per = ["tenant"];
const rpm = slidingWindow({ name: "rpm", limit: 3, window: "1m", per });
const tpm = slidingWindow({ name: "tpm", limit: 100, window: "1m", unit: "tokens", per });
const inflight = concurrency({ name: "inflight", limit: 1, per });
const acme = { tenant: "acme" };

describe("a gate", () => {
  it("lets a request pass with the headers of its limits, and settles it when the response ends", () => {
    const { gate, used, store } = setUp({ limits: [rpm, tpm], ...byTenant });
    const { verdict, exchange } = admit(gate);
    expect(verdict).toBe("pass");
    expect(gate.headers(exchange)).toEqual({
      "RateLimit-Policy": '"rpm";q=3;w=60, "tpm";q=100;qu="tokens";w=60',
      RateLimit: '"rpm";r=2;t=60, "tpm";r=90;t=60',
    });
    expect(exchange.decision.allowed).toBe(true);
    endExchange(exchange);
    endExchange(exchange);
    expect([used(), store.size().leases]).toEqual([[1, 10], 0]);
  });

  it("settles at what the handler says, once", () => {
    const { gate, used } = setUp({ limits: [tpm], ...byTenant });
    const { exchange } = admit(gate);
    expect(exchange.settle({ tokens: 7 })).toMatchObject({ applied: true });
    expect(exchange.settle({ tokens: 99 })).toMatchObject({ applied: false });
    endExchange(exchange);
    expect(used()).toEqual([7]);
  });

  it("refuses with a status, headers and a problem", () => {
    const { gate } = setUp({ limits: [rpm], ...byTenant, headers: ["draft-11", "provider"] });
    for (let count = 0; count < 3; count++) admit(gate);
    const { verdict, exchange } = admit(gate);
    expect(verdict).toMatchObject({
      status: 429,
      headers: { RateLimit: '"rpm";r=0;t=60', "Retry-After": "60", "x-should-retry": "true" },
      problem: { limit: "rpm", retryAfter: 60, retryable: true },
      decision: { reason: "over-limit" },
    });
    expect([exchange.lease, exchange.decision.allowed]).toEqual([undefined, false]);
  });

  it("sends no header at all where none is wanted", () => {
    const { gate } = setUp({ limits: [rpm], ...byTenant, headers: false });
    const { exchange } = admit(gate);
    expect(gate.headers(exchange)).toEqual({});
    admit(gate);
    admit(gate);
    expect(admit(gate).verdict).toMatchObject({ status: 429, headers: {} });
  });

  it("lets pass uncounted what is skipped", () => {
    const { gate, used } = setUp({
      limits: [rpm],
      ...byTenant,
      skip: ({ headers }) => headers?.["x-health"] === "1",
    });
    const asked = { tenant: "acme", headers: { "x-health": "1" } };
    const { verdict, exchange } = admit(gate, asked);
    expect([verdict, exchange.lease, used()]).toEqual(["skipped", undefined, [0]]);
  });

  it("decides, tells, and refuses nothing where it only observes", () => {
    const { gate, used } = setUp({ limits: [rpm], ...byTenant, observe: true });
    for (let count = 0; count < 3; count++) admit(gate);
    const { verdict, exchange } = admit(gate);
    expect(verdict).toBe("pass");
    expect(exchange.decision).toMatchObject({ unenforced: { reason: "over-limit" } });
    expect(gate.headers(exchange)).toHaveProperty("RateLimit", '"rpm";r=0;t=60');
    endExchange(exchange);
    expect(used()).toEqual([3]);
  });

  it("charges a request that meets the same limiter again once", () => {
    const store = memoryStore();
    const limiter = createLimiter({ limits: [rpm], store });
    const one = setUp({ limiter, ...byTenant }).gate;
    const other = setUp({ limiter, ...byTenant }).gate;
    const { exchange } = admit(one);
    expect(admit(other, acme, exchange).verdict).toBe("pass");
    expect(admit(one, acme, exchange).verdict).toBe("pass");
    expect(limiter.peek(acme).limits[0]?.used).toBe(1);
    expect(gateHeader(one.headers(exchange))).toBe('"rpm";q=3;w=60');
    endExchange(exchange);
    expect(store.size().leases).toBe(0);
  });

  it("gives back what gates before it reserved, when it refuses or cannot decide", () => {
    const outer = setUp({ limits: [tpm], ...byTenant });
    const inner = setUp({ limits: [inflight], ...byTenant });
    const busy = admit(inner.gate).exchange;
    const { exchange } = admit(outer.gate);
    expect(admit(inner.gate, acme, exchange).verdict).toMatchObject({ status: 429 });
    expect([outer.used(), outer.store.size().leases]).toEqual([[0], 0]);
    const second = admit(outer.gate).exchange;
    expect(() => admit(inner.gate, {}, second)).toThrow(
      expect.objectContaining({ code: "invalid-subject", status: 400 }),
    );
    expect([outer.used(), outer.store.size().leases]).toEqual([[0], 0]);
    releaseExchange(busy);
    expect(inner.store.size().leases).toBe(0);
  });

  it("leaves no lease once another has refused", () => {
    const outer = setUp({ limits: [tpm], ...byTenant });
    const inner = setUp({ limits: [inflight], ...byTenant });
    admit(inner.gate);
    const { exchange } = admit(outer.gate);
    expect(exchange.lease).toBeDefined();
    admit(inner.gate, acme, exchange);
    expect(exchange.lease).toBeUndefined();
    expect(exchange.settle({ tokens: 5 })).toBeUndefined();
    endExchange(exchange);
    expect(outer.used()).toEqual([0]);
  });

  it("counts a request that goes on though another has refused it, and ends its lease", () => {
    const first = setUp({ limits: [tpm], ...byTenant });
    const full = setUp({ limits: [inflight], ...byTenant });
    const last = setUp({ limits: [inflight], ...byTenant });
    admit(full.gate);
    const { exchange } = admit(first.gate);
    admit(full.gate, acme, exchange);
    expect(admit(first.gate, acme, exchange).verdict).toBe("pass");
    expect(admit(last.gate, acme, exchange).verdict).toBe("pass");
    expect([first.used(), last.used()]).toEqual([[10], [1]]);
    expect(gateHeader(last.gate.headers(exchange))).toMatch(/^"tpm";[^,]*, "inflight";[^,]*$/);
    endExchange(exchange);
    expect([first.used(), last.used()]).toEqual([[10], [0]]);
  });

  it("ends the lease of a request that was settled before it got here", () => {
    const outer = setUp({ limits: [tpm], ...byTenant });
    const inner = setUp({ limits: [inflight], ...byTenant });
    const { exchange } = admit(outer.gate);
    void exchange.settle({ tokens: 7 });
    expect(admit(inner.gate, acme, exchange).verdict).toBe("pass");
    expect(inner.used()).toEqual([1]);
    endExchange(exchange);
    expect([outer.used(), inner.used()]).toEqual([[7], [0]]);
  });

  it("gives back a request that was counted before, at its own time, when another gate refuses", () => {
    const outer = setUp({ limits: [rpm], ...byTenant });
    const inner = setUp({ limits: [inflight], ...byTenant });
    admit(inner.gate);
    const { exchange } = admit(outer.gate);
    outer.clock.advance(30_000);
    endExchange(admit(outer.gate).exchange);
    expect(outer.used()).toEqual([2]);
    expect(admit(inner.gate, acme, exchange).verdict).toMatchObject({ status: 429 });
    expect(outer.used()).toEqual([1]);
    outer.clock.advance(30_000);
    expect(outer.used()).toEqual([1]);
    outer.clock.advance(30_000);
    expect(outer.used()).toEqual([0]);
  });

  it("counts requests without a lease, and tells nobody of an end", async () => {
    const store = memoryStore();
    const told: string[] = [];
    const limiter = createLimiter({ limits: [rpm], store, observe: ({ kind }) => told.push(kind) });
    const { gate } = setUp({ limiter, ...byTenant });
    const [ended, left, asked] = [1, 2, 3].map(() => admit(gate).exchange);
    expect(store.size().leases).toBe(0);
    endExchange(ended!);
    leaveExchange(left!);
    await Promise.resolve();
    expect(told).toEqual(["decision", "decision", "decision"]);
    expect(asked!.lease).toBe(asked!.lease);
    void asked!.lease?.extend({ requests: 1 });
    endExchange(asked!);
    expect(told.slice(3)).toEqual(["settle"]);
    expect(limiter.peek(acme).limits[0]?.used).toBe(3);
  });

  it("tells of all limits that a request met in one line each", () => {
    const outer = setUp({ limits: [rpm], ...byTenant });
    const inner = setUp({ limits: [inflight], ...byTenant });
    const { exchange } = admit(outer.gate);
    admit(inner.gate, acme, exchange);
    expect(inner.gate.headers(exchange)).toEqual({
      "RateLimit-Policy": '"rpm";q=3;w=60, "inflight";q=1;qu="concurrent-requests"',
      RateLimit: '"rpm";r=2;t=60, "inflight";r=0',
    });
  });

  it("aborts the signal of who leaves, and never that of a response that ended", async () => {
    const { gate, store } = setUp({ limits: [inflight], ...byTenant });
    const left = admit(gate).exchange;
    const { signal } = left;
    expect(signal.aborted).toBe(false);
    leaveExchange(left);
    expect(signal.aborted).toBe(true);
    await Promise.resolve();
    expect(store.size().leases).toBe(0);
    const late = openExchange();
    leaveExchange(late);
    expect(late.signal.aborted).toBe(true);
    const ended = admit(gate).exchange;
    endExchange(ended);
    leaveExchange(ended);
    expect(ended.signal.aborted).toBe(false);
  });

  it("aborts the signal of a response that its meter ends, also for who asks for it then", () => {
    const { gate } = setUp({ limits: [rpm], ...byTenant });
    const [before, after] = [admit(gate).exchange, admit(gate).exchange];
    const { signal } = before;
    for (const exchange of [before, after]) stopExchange(exchange);
    expect([signal.aborted, after.signal.aborted]).toEqual([true, true]);
  });

  it("lets whoever hears of the end settle better than it would", async () => {
    const { gate, used } = setUp({ limits: [tpm], ...byTenant });
    const { exchange } = admit(gate);
    exchange.signal.addEventListener("abort", () => void exchange.settle({ tokens: 3 }));
    leaveExchange(exchange);
    await Promise.resolve();
    expect(used()).toEqual([3]);
  });

  it("lets whoever hears of the same end after it settle better, too", async () => {
    const { gate, used } = setUp({ limits: [tpm], ...byTenant });
    const { exchange } = admit(gate);
    leaveExchange(exchange);
    void exchange.settle({ tokens: 3 });
    await allDone();
    expect(used()).toEqual([3]);
  });

  it.each<[string, (exchange: Exchange) => void]>([
    ["settled by hand", (exchange) => void exchange.settle()],
    ["whose response ends", endExchange],
    ["whose client leaves", leaveExchange],
    ["that is refused further inside", releaseExchange],
  ])("leaves nobody a rejection where the store fails at the end of one %s", async (_, end) => {
    const store = failing(memoryStore());
    const { gate } = setUp({ limits: [inflight], ...byTenant, store });
    const exchange = openExchange();
    await expect(gate.admit(acme, exchange)).resolves.toBe("pass");
    store.error = new Error("down");
    end(exchange);
    // An unhandled rejection would fail the run.
    await allDone();
    store.error = undefined;
    expect((await gate.limiter.peek(acme)).limits[0]?.used).toBe(1);
  });

  it("counts addresses by the subnet that is asked for", () => {
    const limits = [slidingWindow({ name: "one", limit: 1, window: "1m", per: ["ip"] })];
    const { gate } = setUp({ limits, subnet: 48 });
    expect(admit(gate, { ip: "2001:db8:1:2::1" }).verdict).toBe("pass");
    expect(admit(gate, { ip: "2001:db8:1:3::1" }).verdict).toMatchObject({ status: 429 });
    expect(admit(gate, { ip: "2001:db8:2:2::1" }).verdict).toBe("pass");
  });

  it.each([
    ["x-forwarded-for", false, 1],
    ["forwarded", false, 1],
    ["x-forwarded-for", true, 0],
    ["x-real-thing", false, 0],
  ])("warns of %s once, unless proxies are trusted: %s", (name, isTrusted, times) => {
    const lines: string[] = [];
    const limits = [slidingWindow({ name: "one", limit: 9, window: "1m", per: ["ip"] })];
    const { gate } = setUp({ limits, log: (line) => lines.push(line) }, () => isTrusted);
    const asked = { ip: "192.0.2.1", headers: { [name]: "198.51.100.7" } };
    for (let count = 0; count < 3; count++) admit(gate, asked);
    expect(lines.filter((line) => line.includes(`"${name}"`))).toHaveLength(times);
  });

  it.each([
    ["nobody", [undefined, undefined, "192.0.2.1"], 1],
    ["an empty one", ["", ""], 1],
    // A client that left before it was looked at has none any more.
    ["a later one alone", ["192.0.2.1", undefined], 0],
  ])("warns once where %s has an address", (_, ips, times) => {
    const lines: string[] = [];
    const limits = [slidingWindow({ name: "one", limit: 1, window: "1m", per: ["ip"] })];
    const { gate } = setUp({ limits, log: (line) => lines.push(line) });
    const verdicts = ips.map((ip) => admit(gate, ip === undefined ? {} : { ip }).verdict);
    expect(lines.filter((line) => line.includes("without an address"))).toHaveLength(times);
    // All that have none are one client.
    const nameless = verdicts.filter((__, index) => !ips[index]);
    expect(nameless.filter((verdict) => verdict === "pass")).toHaveLength(1);
  });
});

function gateHeader(headers: Readonly<Record<string, string>>): string | undefined {
  return headers["RateLimit-Policy"];
}
